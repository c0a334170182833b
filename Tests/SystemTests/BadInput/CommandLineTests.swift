// The commands' complaints and exit codes for wrong arguments and settings.

import Glibc
import Telemetry
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("The command line")
    struct CommandLineTests {
        /// Wrong arguments, and parts of the expected complaint.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let arguments: [String]
            let words: [String]

            init(_ arguments: String..., says words: String...) {
                self.arguments = arguments
                self.words = words
            }

            var testDescription: String { arguments.joined(separator: " ") }
        }

        @Test(
            "A mistake is one sentence on standard error and an exit code",
            arguments: [
                Mistake("serve", says: "FLASHSALE_DATABASE_URL", "not set"),
                Mistake("serve", "--http-port", "99999", says: "FLASHSALE_HTTP_PORT", "99999"),
                Mistake("serve", "--http-port", "http", says: "FLASHSALE_HTTP_PORT", "http"),
                Mistake("serve", "--hold-seconds", "0", says: "FLASHSALE_HOLD_SECONDS"),
                Mistake("serve", "--sale-items", "1000000000", says: "FLASHSALE_SALE_ITEMS"),
                Mistake("serve", "--scheduler", "maybe", says: "FLASHSALE_SCHEDULER", "on or off"),
                Mistake(
                    "serve", "--shops", "lego=a.example,acme=a.example", says: "FLASHSALE_SHOPS must be shops like"),
                Mistake("serve", "--log-level", "loud", says: "FLASHSALE_LOG_LEVEL", "loud"),
                Mistake("serve", "--http-origins", "*", says: "FLASHSALE_HTTP_ORIGINS must be origins like", "not *"),
                Mistake("serve", "--telemetry", "half", says: "FLASHSALE_TELEMETRY", "off, full"),
                Mistake("serve", "--admin-token", "short", says: "FLASHSALE_ADMIN_TOKEN", "16"),
                Mistake("serve", "--http-tls-key", "/nowhere", says: "FLASHSALE_HTTP_TLS_CERTIFICATE", "each other"),
                Mistake(
                    "serve", "--http-tls-certificate", "/nowhere", "--http-tls-key", "/nowhere",
                    says: "FLASHSALE_HTTP_TLS_CERTIFICATE", "/nowhere cannot be read: No such file"),
                Mistake(
                    "serve", "--webhook-url", "http://shop.example/",
                    says: "FLASHSALE_WEBHOOK_URL must be like https://"),
                Mistake(
                    "serve", "--webhook-secret", "whsec_c2hvcnQ=",
                    says: "FLASHSALE_WEBHOOK_SECRET must be whsec_ and base64 of 24 to 64 bytes"),
                Mistake("serve", "--webhook-url", "https://shop.example/", says: "WEBHOOK_SECRET need each other"),
                Mistake("serve", "--no-such-flag", "1", says: "--no-such-flag"),
                Mistake("serve", "--http-port", says: "--http-port", "value"),
                Mistake("serve", "nonsense", says: "nonsense"),
                Mistake("migrate", says: "FLASHSALE_DATABASE_URL", "not set"),
                Mistake("migrate", "--database-url", "nonsense", says: "FLASHSALE_DATABASE_URL"),
                Mistake(
                    "migrate", "--database-url", "postgres://a:b@127.0.0.1:1/none", says: "database"),
                Mistake("audit", says: "FLASHSALE_DATABASE_URL", "not set"),
            ])
        func mistake(_ mistake: Mistake) async throws {
            try await Self.expectComplaint(of: ServiceProcess(mistake.arguments), mistake.words)
        }

        @Test("A service that may open too few files says so, and does not start", arguments: [64, 256, 500])
        func files(count: Int) async throws {
            let settings = [
                "FLASHSALE_DATABASE_URL": "postgres://a:b@127.0.0.1:1/none",
                "FLASHSALE_REDIS_URL": "redis://127.0.0.1:1",
            ]
            let process = try ServiceProcess(["serve"], settings: settings, within: .init(filesMax: count))
            try await Self.expectComplaint(of: process, ["\(count) open files", "ulimit -n"])
        }

        @Test(
            "A variable of OpenTelemetry that is not understood is a warning, and the service listens",
            arguments: [
                [
                    "OTEL_METRICS_EXPORTER": "prometheus", "OTEL_LOGS_EXPORTER": "stdout",
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
                ],
                ["OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "grpc", "OTEL_LOGS_EXPORTER": "otlp"],
                ["OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://localhost"],
            ])
        func variables(settings: [String: String]) async throws {
            let names = settings.filter { !["otlp", "https://localhost"].contains($0.value) }.keys
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(settings)
                let lines = (service.process.output + service.process.errors).split(separator: "\n")
                let warnings = lines.filter { $0.contains("a setting is ignored") }
                #expect(warnings.count == names.count, "\(lines)")
                for name in names { #expect(warnings.count { $0.contains(name) } == 1, "\(lines)") }
                await service.process.stop()
            }
        }

        @Test("A wrong variable of the service is an error before anything starts")
        func ownVariable() async throws {
            let process = try ServiceProcess(
                ["serve"], settings: ["FLASHSALE_TRACE_SLOW_MS": "fast", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"])
            try await Self.expectComplaint(of: process, ["FLASHSALE_TRACE_SLOW_MS"])
        }

        @Test("The help lists the variables that have no flag")
        func help() async throws {
            let process = try ServiceProcess(["serve", "--help"])
            #expect(await process.end() == 0)
            for name in [
                "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER",
                "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_METRIC_EXPORT_INTERVAL",
                "OTEL_TRACES_SAMPLER_ARG", "OTEL_RESOURCE_ATTRIBUTES", "FLASHSALE_TRACE_SLOW_MS",
            ] {
                #expect(process.output.contains("  \(name)"))
            }
        }

        @Test("A database URL without a server, and one that is malformed")
        func noDatabase() async throws {
            for url in ["postgres://a:secret@127.0.0.1:1/none", "postgres://127.0.0.1:port/x", "mysql://a@b/c", ""] {
                let settings = ["FLASHSALE_DATABASE_URL": url, "FLASHSALE_REDIS_URL": "redis://127.0.0.1:1/0"]
                let process = try ServiceProcess(["serve"], settings: settings.merging(Self.anyPort) { $1 })
                try await Self.expectComplaint(of: process, ["database"])
                #expect(!process.errors.contains("secret"))
            }
        }

        @Test("With telemetry off a service sells, and observes no request, statement or command")
        func telemetryOff() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled(["FLASHSALE_TELEMETRY": "off"])
                let sale = try await service.createSale(items: 1)
                #expect(try await service.ask("POST", "/checkout?user_id=ann&id=ITM-\(sale)-1").status == 200)
                let metrics = try await service.metrics()
                for subject in ["http_request", "db_query", "redis_command"] {
                    #expect(!metrics.moves("\(subject)_duration_seconds"))
                }
                #expect(metrics.moves("checkout_success_total"), "what a sale counts of itself is no middleware's")
                await service.process.stop()
            }
        }

        @Test("A database that takes connections and says nothing cannot be reached, and no file was tried")
        func silentDatabase() async throws {
            try await SilentPort.with { port in
                let process = try ServiceProcess(["migrate", "--database-url", "postgres://a:b@127.0.0.1:\(port)/none"])
                try await Self.expectComplaint(of: process, ["The database cannot be reached"])
            }
        }

        @Test("The help of what is no command ends as other wrong usage does")
        func helpOfNothing() async throws {
            let process = try ServiceProcess(["help", "nonsense"])
            #expect(await process.end() == 64)
            #expect(process.output.isEmpty && process.errors.hasPrefix("Error: There is no command nonsense.\n"))
        }

        @Test("Both programs say their version", arguments: ["flashsale", "flashsale-load"])
        func version(program: String) async throws {
            let process = try ServiceProcess(["--version"], program: program)
            #expect(await process.end() == 0)
            #expect(process.output == "\(BuildInfo().version)\n")
        }

        @Test("A malformed Redis URL")
        func malformedRedis() async throws {
            try await Deployment.with { deployment in
                for url in ["nonsense", "http://127.0.0.1:6379", "redis://127.0.0.1:port/0", ""] {
                    let settings = deployment.settings.merging(["FLASHSALE_REDIS_URL": url]) { $1 }
                    let process = try ServiceProcess(["serve"], settings: settings.merging(Self.anyPort) { $1 })
                    try await Self.expectComplaint(of: process, ["FLASHSALE_REDIS_URL"])
                }
            }
        }

        @Test("A database without the schema")
        func noSchema() async throws {
            try await TestServers.shared.withDatabase { url in
                let settings = ["FLASHSALE_DATABASE_URL": url, "FLASHSALE_REDIS_URL": "redis://127.0.0.1:1/0"]
                let process = try ServiceProcess(["serve"], settings: settings.merging(Self.anyPort) { $1 })
                try await Self.expectComplaint(of: process, ["older than this program", "flashsale migrate"])
            }
        }

        @Test(
            "A database of another program: both commands say which side is older, and `migrate` does nothing",
            arguments: [
                (
                    "INSERT INTO schema_tables (version, name, checksum) VALUES (9999, '9999_later', '')",
                    "This program is older than the database, which has the table file 9999_later"
                ),
                (
                    "UPDATE schema_functions SET revision = 9999, checksum = ''",
                    "This program is older than the database's functions (revision 1, not 9999)"
                ),
                ("UPDATE schema_tables SET checksum = ''", "is not the one that the database ran"),
                ("ALTER TABLE schema_tables RENAME TO migrations", "made before the first release of flashsale"),
            ])
        func otherSchema(change: String, sentence: String) async throws {
            try await Deployment.with { deployment in
                try await deployment.ledger.run(change)
                let serve = try ServiceProcess(["serve"], settings: deployment.settings.merging(Self.anyPort) { $1 })
                try await Self.expectComplaint(of: serve, [sentence])
                let migrate = try ServiceProcess(["migrate", "--database-url", deployment.databaseURL])
                try await Self.expectComplaint(of: migrate, [sentence])
            }
        }

        @Test("Functions of an older program are put in place anew, and newer ones only if the operator goes back")
        func otherFunctions() async throws {
            try await Deployment.with { deployment in
                try await deployment.ledger.run("UPDATE schema_functions SET revision = 0, checksum = ''")
                let serve = try ServiceProcess(["serve"], settings: deployment.settings.merging(Self.anyPort) { $1 })
                try await Self.expectComplaint(of: serve, ["functions are older", "(revision 0, not 1)"])
                #expect(try await Self.migrate(deployment.databaseURL).contains("put in place the functions of record"))
                try await deployment.ledger.run("UPDATE schema_functions SET revision = 2, checksum = ''")
                let migrate = try ServiceProcess(["migrate", "--database-url", deployment.databaseURL])
                try await Self.expectComplaint(of: migrate, ["--go-back"])
                #expect(try await Self.migrate(deployment.databaseURL, "--go-back").contains("functions of record"))
                #expect(try await Self.migrate(deployment.databaseURL) == "nothing to do\n")
            }
        }

        @Test(
            "A database whose acknowledged commits a crash takes back",
            arguments: ["DATABASE %1$I", "ROLE \(Deployment.serviceRole) IN DATABASE %1$I"])
        func tooEarlyCommits(scope: String) async throws {
            try await Deployment.with { deployment in
                func set(_ value: String) async throws {
                    try await deployment.ledger.run(
                        """
                        DO $$ BEGIN
                            EXECUTE format('ALTER \(scope) SET synchronous_commit = \(value)', current_database());
                        END $$
                        """)
                }
                try await set("off")
                let process = try ServiceProcess(["serve"], settings: deployment.settings.merging(Self.anyPort) { $1 })
                try await Self.expectComplaint(of: process, ["synchronous_commit", "off"])
                // It is enough to wait for the local disk.
                try await set("local")
                let service = try await deployment.serveUnscheduled()
                await service.process.stop()
            }
        }

        @Test("A port that is in use, of the API and of operations")
        func portInUse() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                for taken in ["FLASHSALE_HTTP_PORT", "FLASHSALE_OPS_PORT"] {
                    let settings = deployment.settings.merging(Self.anyPort) { $1 }
                    let port = ["FLASHSALE_SCHEDULER": "off", taken: "\(service.port)"]
                    let process = try ServiceProcess(["serve"], settings: settings.merging(port) { $1 })
                    try await Self.expectComplaint(of: process, ["\(service.port)", "in use"])
                }
                await service.process.stop()
            }
        }

        @Test("migrate applies missing files once, and --status lists the applied ones")
        func migrate() async throws {
            try await TestServers.shared.withDatabase { url in
                let before = try await Self.migrate(url, "--status")
                #expect(before.contains("pending") && !before.contains("in place"))
                #expect(before.contains("table     0001_ledger") && before.contains("function  record"))
                #expect(try await Self.migrate(url).contains("applied"))
                #expect(try await Self.migrate(url) == "nothing to do\n")
                let after = try await Self.migrate(url, "--status")
                #expect(after.contains("in place") && !after.contains("pending"))
                #expect(after.split(separator: "\n").count == before.split(separator: "\n").count)
            }
        }

        private static let anyPort = [
            "FLASHSALE_HTTP_HOST": "127.0.0.1", "FLASHSALE_HTTP_PORT": "0", "FLASHSALE_OPS_PORT": "0",
        ]

        private static func migrate(_ url: String, _ arguments: String...) async throws -> String {
            let process = try ServiceProcess(["migrate"] + arguments, settings: ["FLASHSALE_DATABASE_URL": url])
            #expect(await process.end() == 0, "\(process.errors)")
            return process.output
        }

        /// Expects that the process soon ends with one sentence that has these words.
        static func expectComplaint(of process: ServiceProcess, _ words: [String]) async throws {
            let status = try #require(await process.end(within: .seconds(15)), "still running")
            #expect((1..<128).contains(status))
            // The log is for programs; the sentence is for people.
            let lines = process.errors.split(separator: "\n").filter { !$0.hasPrefix("{") }
            #expect(lines.count == 1 && lines.allSatisfy { $0.hasPrefix("Error: ") }, "\(process.errors)")
            for word in words { #expect(process.errors.contains(word), "\(process.errors)") }
        }
    }
}
