// Compares docker-compose.yml and the files that it mounts with each other and with the service's settings.

import FlashSaleHTTP
import TelemetryExport
import Testing

@testable import FlashSaleCLI

@Suite("The parts of docker-compose.yml fit each other")
struct ComposeTests {
    @Test("The services are read")
    func reading() {
        #expect(Compose.main.services.count == 14)
        #expect(Compose.main.services.first { $0.name == "app" }?.environment.contains("FLASHSALE_REDIS_URL") == true)
    }

    @Test("docker-compose accepts the file", .enabled(if: Promtool.path(of: "docker-compose") != nil))
    func valid() throws {
        let secrets = Dictionary(uniqueKeysWithValues: Self.secrets.map { ($0, "0123456789abcdef") })
        let (status, output) = try Promtool.run("docker-compose", ["config", "-q"], environment: secrets)
        #expect(status == 0, "\(output)")
    }

    @Test("amtool accepts the routes", .enabled(if: Promtool.path(of: "amtool") != nil))
    func routes() throws {
        let (status, output) = try Promtool.run("amtool", ["check-config", "prometheus/alertmanager.yml"])
        #expect(status == 0, "\(output)")
    }

    @Test("Everything that is mounted exists")
    func mounts() {
        let mounts = Compose.main.text.matches(of: #/- \.\/([^:\s]+):/#).map { String($0.1) }
        #expect(mounts.count > 5)
        for path in mounts { #expect(Checkout.exists(path), "\(path)") }
    }

    @Test("Every variable is one that the service or the image reads")
    func environment() {
        let ours = Set(Setting.all.map(\.variable) + ExportVariable.allCases.map(\.rawValue))
        for service in Compose.main.services {
            let known = service.isOurs ? ours : Self.images[service.name] ?? []
            #expect(Set(service.environment).subtracting(known).isEmpty, "\(service)")
        }
    }

    @Test("No secret has a default, and `make up` writes each of them")
    func secrets() {
        let variables = Compose.main.text.matches(of: #/\$\{([A-Z_]+)([^}]*)\}/#)
        #expect(variables.count >= Self.secrets.count)
        #expect(variables.allSatisfy { $0.2.hasPrefix(":?") })
        #expect(Set(variables.map { String($0.1) }) == Set(Self.secrets))
        for name in Self.secrets { #expect(Checkout.text("scripts/secrets").contains(name)) }
        #expect(Checkout.text(".gitignore").contains("\n.env\n"))
    }

    @Test("Ports are published only on loopback")
    func ports() {
        let published = Compose.main.text.matches(of: #/- "([0-9.:]+:[0-9]+)"/#).map { String($0.1) }
        #expect(published.count > 5)
        #expect(published.allSatisfy { $0.hasPrefix("127.0.0.1:") })
    }

    @Test("Prometheus reaches the load generator, and that may have real-time priority")
    func loadGenerator() {
        let lines = Compose.main.services.first { $0.name == "loadtest" }?.lines ?? []
        #expect(lines.contains { $0.contains(#"--metrics-host", "0.0.0.0""#) })
        #expect(lines.contains("      rtprio: 1"))
    }

    @Test("Every image is pinned; every service has limits, a health check and a restart policy")
    func services() {
        for service in Compose.main.services {
            let images = service.lines.compactMap { $0.firstMatch(of: #/^    image: \S+:(\S+)$/#).map { String($0.1) } }
            #expect(images.count == 1 && images != ["latest"], "\(service)")
            #expect(service.has("mem_limit") && service.has("restart"), "\(service)")
            let isWatched = service.has("healthcheck") || Self.withoutShell.contains(service.name)
            #expect(isWatched || service.endsByItself, "\(service)")
        }
    }

    @Test(
        "Every address in a mounted file is a service and its port",
        arguments: [
            "prometheus/prometheus.yml", "otel/collector.yml", "parca/parca.yml",
            "grafana/provisioning/datasources/datasources.yml",
        ])
    func addresses(file: String) {
        let addresses = Checkout.text(file).matches(of: #/(?:targets: \["|endpoint: |url: http:\/\/)([a-z-]+:[0-9]+)/#)
        for address in addresses.map({ String($0.1) }) { #expect(Self.listening.contains(address), "\(address)") }
        #expect(!addresses.isEmpty)
    }

    @Test("Every address is a service, and every job of Prometheus has its target")
    func targets() {
        let names = Set(Compose.main.services.map(\.name) + ["localhost"])
        let hosts = Self.listening.map { String($0.prefix { $0 != ":" }) }
        #expect(Set(hosts).subtracting(names).isEmpty)
        let text = Checkout.text("prometheus/prometheus.yml")
        let jobs = text.matches(of: #/job_name: ([a-z-]+)/#).map { String($0.1) }
        #expect(Set(jobs).count == jobs.count)
        // One more: the target of alerts.
        #expect(text.matches(of: #/- targets: \["[^"]+"\]/#).count == jobs.count + 1)
    }

    @Test("Parca asks only for pages that the image has")
    func profiles() {
        let parca = Checkout.text("parca/parca.yml")
        let paths = parca.matches(of: #/path: \/debug\/pprof\/([a-z]+)/#).map { String($0.1) }
        #expect(paths == ["allocs", "profile"])
        #expect(["block", "mutex", "goroutine"].allSatisfy { parca.contains("\($0):\n          enabled: false") })
        // Only a build with this argument has the heap's profile.
        #expect(Compose.main.shared.contains("      FLASHSALE_HEAP_PROFILE: \"1\""))
        #expect(Checkout.text("Dockerfile").contains("FROM source AS build\nARG FLASHSALE_HEAP_PROFILE\n"))
    }

    @Test("The image and the published ports are those of the settings' defaults")
    func ownPorts() {
        let app = Compose.main.services.first { $0.name == "app" }?.lines ?? []
        let http = Settings().http
        for port in [http.api.port, http.operations.port] {
            #expect(app.contains("      - \"127.0.0.1:\(port):\(port)\""))
        }
        #expect(http.api.host == "0.0.0.0", "else nothing reaches the service from outside of its container")
        #expect(app.contains("      OTEL_EXPORTER_OTLP_ENDPOINT: http://otel-collector:4318"))
        #expect(Checkout.text("Dockerfile").contains("EXPOSE \(http.api.port) \(http.operations.port)\n"))
        #expect(Checkout.text("Dockerfile").contains("EXPOSE 9465"))
        let collector = Checkout.text("otel/collector.yml")
        #expect(collector.contains("endpoint: 0.0.0.0:4318") && collector.contains("port: 8888"))
        #expect(Checkout.text("otel/jaeger.yml").contains("endpoint: 0.0.0.0:4317"))
    }

    @Test("The service drains for longer than its probe's interval, and ends before it is killed")
    func draining() throws {
        let app = try #require(Compose.main.services.first { $0.name == "app" }).lines.joined(separator: "\n")
        let drain = try #require(app.firstMatch(of: #/FLASHSALE_DRAIN_SECONDS: "([0-9]+)"/#).flatMap { Int($0.1) })
        let interval = try #require(app.firstMatch(of: #/ interval: ([0-9]+)s/#).flatMap { Int($0.1) })
        let grace = try #require(app.firstMatch(of: #/stop_grace_period: ([0-9]+)s/#).flatMap { Int($0.1) })
        #expect(drain > interval)
        #expect(drain < grace)
    }

    @Test("The image runs as a user without rights")
    func image() {
        // Both images come from the stage that sets the user.
        #expect(Checkout.text("Dockerfile").contains(#/(?s)AS runtime\n.*USER 10001:10001\n.*FROM runtime AS app\n/#))
        #expect(Compose.main.shared.contains("  read_only: true") && Compose.main.shared.contains("  cap_drop: [ALL]"))
    }

    private static let secrets = [
        "POSTGRES_PASSWORD", "DATABASE_OWNER_PASSWORD", "DATABASE_SERVICE_PASSWORD", "DATABASE_WATCHER_PASSWORD",
        "REDIS_PASSWORD", "FLASHSALE_ADMIN_TOKEN", "GRAFANA_PASSWORD",
    ]

    /// The variables in the documentation of each image.
    private static let images: [String: Set<String>] = [
        // The last three are postgres/roles.sh's.
        "postgres": [
            "POSTGRES_DB", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "SERVICE_PASSWORD", "WATCHER_PASSWORD",
        ],
        // Not the image's: the command of the service uses it.
        "redis": ["REDIS_PASSWORD"],
        "grafana": [
            "GF_SECURITY_ADMIN_PASSWORD", "GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_ANONYMOUS_ORG_ROLE",
            "GF_ANALYTICS_REPORTING_ENABLED", "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
        ],
        "postgres-exporter": ["DATA_SOURCE_URI", "DATA_SOURCE_USER", "DATA_SOURCE_PASS"],
        "redis-exporter": ["REDIS_ADDR", "REDIS_PASSWORD"],
    ]

    private static let withoutShell: Set = ["otel-collector", "jaeger", "parca", "redis-exporter"]

    /// The addresses of the services in their network.
    private static let listening: Set = [
        "app:9464", "loadtest:9465", "prometheus:9090", "localhost:9090", "alertmanager:9093", "jaeger:4317",
        "jaeger:16686", "otel-collector:8888", "postgres-exporter:9187", "redis-exporter:9121", "node-exporter:9100",
    ]
}
