// Who else is there, as the port for operations says it.

import Discovery
import FlashSaleHTTP
import Testing
import Textbook

@Suite("The instances on the port for operations")
struct RegistryRoutesTests {
    private static let instances = [("a", "shop-a"), ("b", "shop \"b\"")].compactMap { id, name in
        ServiceAddress("https://\(id).example").flatMap { api in
            ServiceAddress("http://[fd00::7]:9464").flatMap { operations in
                Instance(
                    id: id, name: name, api: api, operations: operations, build: "1.0 abc",
                    startedAt: UTCTime(seconds: 1_790_000_000))
            }
        }
    }

    @Test("/registry/instances has the list, its age, and why it is old")
    func list() async throws {
        try await TestServer.with { setup in
            setup.registry = InstanceList(
                registry: "etcd", instances: Self.instances, age: .milliseconds(61_250), problem: "no \"route\"")
        } _: { server in
            let answer = try await server.ask("GET", "/registry/instances", ofOperations: true)
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "application/json")
            let json = try JSONValue(parsing: answer.text.utf8, depth: 4)
            #expect(json["registry"] == "etcd")
            #expect(json["age_seconds"] == 61.25)
            #expect(json["problem"] == "no \"route\"")
            let second = try #require(json["instances"]?.array?.last)
            #expect(
                second == [
                    "id": "b", "name": "shop \"b\"", "api": "https://b.example:443", "ops": "http://[fd00::7]:9464",
                    "build": "1.0 abc", "started_at": "2026-09-21T14:13:20.000Z",
                ])
            let ready = try await server.ask("GET", "/readyz?verbose", ofOperations: true)
            #expect(ready.status == 200)
            #expect(ready.text == "ready\ndegraded: registry down, its list is 61 s old\n")
        }
    }

    @Test("/sd/prometheus has each instance as a target with its labels")
    func targets() async throws {
        try await TestServer.with { setup in
            setup.registry = InstanceList(registry: "ledger", instances: [Self.instances[0]])
        } _: { server in
            let answer = try await server.ask("GET", "/sd/prometheus", ofOperations: true)
            #expect(answer["Content-Type"] == "application/json")
            #expect(
                try JSONValue(parsing: answer.text.utf8, depth: 4) == [
                    [
                        "targets": ["[fd00::7]:9464"],
                        "labels": [
                            "__scheme__": "http", "__meta_flashsale_name": "shop-a",
                            "__meta_flashsale_build": "1.0 abc", "__meta_flashsale_api": "https://a.example:443",
                        ],
                    ]
                ])
        }
    }

    @Test("Before the registry has answered there are no targets, so Prometheus keeps those that it has")
    func unknown() async throws {
        try await TestServer.with { setup in
            setup.registry = InstanceList(registry: "etcd", instances: Self.instances, age: nil, problem: "no route")
        } _: { server in
            let answer = try await server.ask("GET", "/sd/prometheus", ofOperations: true)
            #expect(answer.status == 503)
            #expect(answer.text == "the registry has not answered yet\n")
            let list = try await server.ask("GET", "/registry/instances", ofOperations: true)
            #expect(list.text.contains(#""age_seconds":null"#))
        }
    }

    @Test("The API does not say where instances listen", arguments: ["/registry/instances", "/sd/prometheus"])
    func api(path: String) async throws {
        #expect(try await TestServer.with { try await $0.ask("GET", path) }.status == 404)
    }
}
