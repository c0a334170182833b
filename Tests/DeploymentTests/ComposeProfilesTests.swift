// The files beside docker-compose.yml, each of a profile: with that file, with what they mount, with the service's
// settings, and with the files of deploy/ha.

import FlashSaleHTTP
import TelemetryExport
import Testing

@testable import FlashSaleCLI

@Suite("The profiles of docker compose fit the service and its files")
struct ComposeProfilesTests {
    private static let all = [Compose.main] + Compose.profiles
    private static let services = all.flatMap(\.services)
    private static let files = all.flatMap { ["-f", $0.path] }

    private static var secrets: Set<String> {
        Set(all.flatMap { $0.text.matches(of: #/\$\{([A-Z_]+)/#).map { String($0.1) } })
    }

    @Test("The services are read, with what they merge")
    func reading() {
        #expect(Compose.profiles.map(\.services.count) == [9, 20, 4])
        let front = Self.services.first { $0.name == "instance-3" }
        #expect(front?.isOurs == true && front?.environment.contains("FLASHSALE_REGISTRY") == true)
    }

    @Test(
        "docker-compose accepts all files as one",
        .enabled(if: Promtool.path(of: "docker-compose") != nil, "docker-compose is not installed"))
    func valid() throws {
        let (status, output) = try Promtool.run(
            "docker-compose", Self.files + ["config", "--services"],
            environment: Dictionary(uniqueKeysWithValues: Self.secrets.map { ($0, "0123456789abcdef") }))
        let named = Set(output.split(separator: "\n").map(String.init))
        #expect(status == 0 && named == Set(Self.services.map(\.name)), "\(output)")
    }

    @Test("A file adds services of its profile, and changes none of another's", arguments: Compose.profiles.map(\.path))
    func additions(path: String) throws {
        let file = try #require(Compose.profiles.first { $0.path == path })
        let profile = path.split(separator: "/")[1]
        #expect(file.services.allSatisfy { $0.lines.contains("    profiles: [\(profile)]") })
        #expect(Set(Self.services.map(\.name)).count == Self.services.count)
        #expect(Checkout.text("scripts/secrets").contains("deploy/{data,ha,shops}/compose.yml"))
    }

    @Test("Every image is pinned; every service has limits, a health check and a restart policy")
    func limits() {
        for service in Compose.profiles.flatMap(\.services) {
            let images = service.lines.compactMap { $0.firstMatch(of: #/^    image: \S+:(\S+)$/#).map { String($0.1) } }
            #expect(images.count == 1 && images != ["latest"], "\(service)")
            #expect(service.has("mem_limit") && service.has("restart"), "\(service)")
            #expect(service.has("healthcheck") || service.endsByItself, "\(service)")
        }
    }

    @Test("Everything that is mounted, read or built from exists, and every volume is declared")
    func files() {
        for file in Self.all {
            let mounts = file.text.matches(of: #/(?:- |env_file: \[)\.\/([^:\s\]]+)/#).map { String($0.1) }
            #expect(mounts.count > 0)
            for path in mounts { #expect(Checkout.exists(path), "\(path)") }
            for match in file.text.matches(of: #/(?m)^      - ([a-z0-9-]+):\//#) {
                #expect(file.text.contains("\n  \(match.1):\n"), "\(match.1) of \(file.path)")
            }
        }
        #expect(Checkout.exists("deploy/ha/Dockerfile"))
        let base = Checkout.text("deploy/ha/Dockerfile").firstMatch(of: #/FROM (\S+)/#).map { String($0.1) }
        #expect(Compose.main.text.contains("    image: \(base ?? "")\n"), "all Postgres have one version")
    }

    @Test("Every variable of the service is one that it reads, and names a service where it names a host")
    func settings() {
        var known = Set(Setting.all.map(\.variable) + ExportVariable.allCases.map(\.rawValue))
        known.formUnion(["FLASHSALE_POD_1_DATABASE_URL", "FLASHSALE_POD_1_REDIS_URL"])
        let names = Set(Self.services.map(\.name))
        for service in Compose.profiles.flatMap(\.services) where service.isOurs {
            #expect(Set(service.environment).subtracting(known).isEmpty, "\(service)")
            for line in service.lines {
                let url = line.firstMatch(of: #/ FLASHSALE_\w+: "?[a-z-]+:\/\/(?:.*@)?([a-z0-9,:-]+)/#)
                for host in url.map({ $0.1.split(separator: ",") }) ?? [] {
                    #expect(names.contains(String(host.prefix { $0 != ":" })), "\(host) of \(service)")
                }
            }
        }
        let pods = Compose.profiles.flatMap(\.services).filter { $0.environment.contains("FLASHSALE_PODS") }
        #expect(pods.count == 2 && pods.allSatisfy { $0.lines.contains("      FLASHSALE_PODS: \"1\"") })
    }

    @Test("No secret has a default, and `make up` writes each of them")
    func secrets() {
        let variables = Self.all.flatMap { $0.text.matches(of: #/\$\{[A-Z_]+([^}]*)\}/#).map { String($0.1) } }
        #expect(variables.allSatisfy { $0.hasPrefix(":?") })
        let script = Checkout.text("scripts/secrets")
        for secret in Self.secrets { #expect(script.contains(secret), "\(secret)") }
    }

    @Test("Ports are published only on loopback, and each once")
    func ports() {
        let published = Self.all.flatMap { $0.text.matches(of: #/- "([0-9.]+:[0-9]+):[0-9]+"/#).map { String($0.1) } }
        #expect(published.allSatisfy { $0.hasPrefix("127.0.0.1:") } && Set(published).count == published.count)
        #expect(published.contains("127.0.0.1:8081") && published.contains("127.0.0.1:8082"))
    }

    @Test("The profile ha has a value for each variable of deploy/ha, and a node for each that it names")
    func parts() throws {
        func environment(_ name: String) throws -> Set<String> {
            Set(try #require(Self.services.first { $0.name == name }).environment)
        }
        for (service, file) in [("front", "front.cfg"), ("primary", "haproxy.cfg")] {
            let asked = Checkout.text("deploy/ha/\(file)").matches(of: #/"\$\{([A-Z0-9_]+)\}"/#).map { String($0.1) }
            #expect(try environment(service) == Set(asked), "\(service)")
        }
        let patroni = Checkout.text("deploy/ha/patroni.yml").matches(of: #/(PATRONI_[A-Z0-9_]+)=/#)
        let etcd = Checkout.text("deploy/ha/etcd.env").matches(of: #/(?m)^(ETCD_[A-Z_]+)=.*(?:NAME|ADDRESS|10\.0)/#)
        for number in 1...3 {
            #expect(try environment("node-\(number)") == Set(patroni.map { String($0.1) }))
            #expect(try environment("etcd-\(number)") == Set(etcd.map { String($0.1) }))
        }
        // The password is put in where the file has this word.
        #expect(Checkout.text("deploy/ha/redis-cluster.conf").matches(of: #/(?m)^\w+ PASSWORD$/#).count == 2)
    }
}
