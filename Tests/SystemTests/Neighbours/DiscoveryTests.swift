// Instances that find one another, and a real Prometheus that finds them.

import DevStack
import Foundation
import Testing

extension SystemTests {
    @Suite("Discovery", .serialized)
    struct DiscoveryTests {
        @Test("Instances over one ledger list one another, Prometheus scrapes them all, and one that is killed is gone")
        func ledger() async throws {
            try await Deployment.with { deployment in
                let more = ["FLASHSALE_REGISTRY": "ledger", "FLASHSALE_PUBLIC_URL": "https://flash.example"]
                let one = try await deployment.serveUnscheduled(more)
                let other = try await deployment.serveUnscheduled(["FLASHSALE_REGISTRY": "ledger"])
                try await Self.expect(["https://flash.example:443", "http://127.0.0.1:\(other.port)"], at: one)
                try await Self.expect(["https://flash.example:443", "http://127.0.0.1:\(other.port)"], at: other)
                try await Self.scrape([one, other], by: other)
                one.process.send(.kill)
                _ = await one.process.end()
                try await deployment.ledger.run("update instances set seen_at = seen_at - interval '6 seconds'")
                try await Self.expect(["http://127.0.0.1:\(other.port)"], at: other)
                try await deployment.ledger.run("alter table instances rename to hidden")
                try await Self.until("the registry is down") {
                    let answer = try await other.ask("GET", "/readyz?verbose", ofOperations: true)
                    return answer.status == 200 && answer.text.contains("degraded: registry down")
                }
                let list = try await other.ask("GET", "/registry/instances", ofOperations: true)
                #expect(list.text.contains("http://127.0.0.1:\(other.port)"))
                #expect(!list.text.contains("secret"), "a password in the list")
                await other.process.stop()
            }
        }

        @Test("Instances list one another in etcd", .enabled(if: PrivateEtcd.isInstalled))
        func etcd() async throws {
            let server = try await PrivateEtcd.start()
            try await Deployment.with { deployment in
                let registry = ["FLASHSALE_REGISTRY": "etcd://127.0.0.1:\(server.port)/shops"]
                let services = [
                    try await deployment.serveUnscheduled(registry), try await deployment.serveUnscheduled(registry),
                ]
                for service in services {
                    try await Self.expect(services.map { "http://127.0.0.1:\($0.port)" }, at: service)
                }
                server.kill(.kill)
                await services[0].process.stop()
                try await Self.until("the registry is down") {
                    let list = try await services[1].ask("GET", "/registry/instances", ofOperations: true)
                    return list.text.contains(#""problem""#)
                }
                try await Self.expect(services.map { "http://127.0.0.1:\($0.port)" }, at: services[1])
                await services[1].process.stop()
            }
            await server.stop()
        }

        private static func expect(_ addresses: [String], at service: ServeProcess) async throws {
            try await until("\(addresses) are listed") {
                let list = try await service.ask("GET", "/registry/instances", ofOperations: true)
                let instances = list.json["instances"] as? [[String: Any]] ?? []
                return instances.compactMap { $0["api"] as? String }.sorted() == addresses.sorted()
            }
        }

        private static func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
            let end = ContinuousClock.now + ServiceProcess.patience
            while try await !isSo() { try #require(ContinuousClock.now < end, "in vain: \(what)") }
        }

        /// Expects that a Prometheus that asks one of them scrapes all.
        private static func scrape(_ services: [ServeProcess], by asked: ServeProcess) async throws {
            let directory = try TestDirectory("discovery")
            defer { directory.remove() }
            var setup = PrivatePrometheus.Configuration()
            setup.file = directory.file("prometheus.yml")
            try """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: flashsale
                http_sd_configs:
                  - url: http://127.0.0.1:\(asked.operationsPort)/sd/prometheus
                relabel_configs:
                  - {source_labels: [__meta_flashsale_name], target_label: service_instance}
            """.write(toFile: directory.file("prometheus.yml"), atomically: true, encoding: .utf8)
            let prometheus: PrivatePrometheus
            do {
                prometheus = try await PrivatePrometheus.start(setup)
            } catch let error as DevStackError where error.code == .programMissing {
                return
            }
            let reader = PrometheusReader(port: prometheus.port)
            let ports = Set(services.map { "127.0.0.1:\($0.operationsPort)" })
            try await until("Prometheus scrapes them") {
                let up = try await reader.now("up{service_instance!=''} == 1")
                return Set(up.compactMap { $0.metric["instance"] }) == ports
            }
            await prometheus.stop()
        }
    }
}
