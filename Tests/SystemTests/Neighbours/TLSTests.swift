// A service that reaches Postgres by TLS, with certificates on both sides.

import Foundation
import Glibc
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("Postgres by TLS", .enabled(if: Certificates.isInstalled))
    struct TLSTests {
        /// Parameters of a URL, and what the refusal says.
        struct Refusal: Sendable, CustomTestStringConvertible {
            let parameters: [String: String]
            let sentence: String
            var shown = "server"
            var testDescription: String { sentence }
        }

        @Test("A service migrates, sells and passes its audit by verify-full with its own certificate")
        func verified() async throws {
            try await Self.withServer { server in
                let url = server.url(Self.verified)
                try await Deployment.migrate(url)
                let deployment = Deployment(
                    databaseURL: url, redisURL: try await TestServers.shared.redisURL(),
                    ledger: try LedgerReader(url: url))
                let service = try await deployment.serveUnscheduled()
                let sale = try await service.createSale(items: 1)
                let bought = try await Crowd.run(1, ports: [service.port]) {
                    try Shopper($1, in: sale).checkOutAndPurchase(over: $0)
                }
                #expect(bought == [[200, 200]])
                let plain = try await server.admin.number(
                    "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'shop' AND "
                        + "(NOT ssl OR client_dn IS DISTINCT FROM '/CN=shop')")
                #expect(plain == 0)
                try await deployment.audit()
                let health = try await service.ask("GET", "/health", ofOperations: true).text
                await service.process.stop()
                #expect(!(health + service.process.output + service.process.errors).contains(Self.password))
                await deployment.ledger.close()
            }
        }

        @Test(
            "A certificate that will not do is one sentence, without the password",
            arguments: [
                Refusal(parameters: ["sslrootcert": "stranger.crt"], sentence: "certificate verify failed"),
                Refusal(
                    parameters: ["sslcert": "client_expired.crt", "sslkey": "client_expired.key"],
                    sentence: "certificate expired"),
                Refusal(parameters: [:], sentence: "certificate verify failed", shown: "server_expired"),
                Refusal(parameters: ["host": "localhost"], sentence: "does not match host name"),
                Refusal(parameters: ["sslmode": "disable"], sentence: "no pg_hba.conf entry"),
                Refusal(parameters: ["sslrootcert": "missing.crt"], sentence: "does not exist"),
            ])
        func refused(_ refusal: Refusal) async throws {
            try await Self.withServer(showing: refusal.shown) { server in
                let url = server.url(Self.verified.merging(refusal.parameters) { $1 })
                let process = try ServiceProcess(["migrate"], settings: ["FLASHSALE_DATABASE_URL": url])
                #expect(await process.end() == 1)
                #expect(process.errors.contains(refusal.sentence), "\(process.errors)")
                #expect(process.errors.split(separator: "\n").count == 1, "\(process.errors)")
                #expect(!process.errors.contains(Self.password) && !process.output.contains(Self.password))
            }
        }

        @Test("A socket, a service file, PG… variables and a password file are used as libpq documents them")
        func otherWays() async throws {
            try await Self.withServer { server in
                let files = server.certificates
                try Data("[shop]\nhost=\(files.directory.path)\nport=\(server.port)\ndbname=shop\nuser=teller\n".utf8)
                    .write(to: URL(fileURLWithPath: files.file("services")))
                try Data("*:*:*:teller:\(Self.password)\n".utf8)
                    .write(to: URL(fileURLWithPath: files.file("passwords")))
                chmod(files.file("passwords"), 0o600)
                let service = ["PGSERVICEFILE": files.file("services")]
                let ways: [[String: String]] = [
                    service.merging([
                        "FLASHSALE_DATABASE_URL": "postgres://?service=shop", "PGPASSFILE": files.file("passwords"),
                    ]) { $1 },
                    service.merging([
                        "FLASHSALE_DATABASE_URL": "postgres://", "PGSERVICE": "shop", "PGPASSWORD": Self.password,
                    ]) { $1 },
                    [
                        "FLASHSALE_DATABASE_URL": "postgres:///shop", "PGHOST": "nowhere.invalid,localhost",
                        "PGPORT": "1,\(server.port)", "PGUSER": "teller", "PGPASSFILE": files.file("passwords"),
                    ],
                ]
                for way in ways {
                    let process = try ServiceProcess(["migrate"], settings: way)
                    #expect(await process.end() == 0, "\(way): \(process.errors)")
                }
                let missing = try ServiceProcess(
                    ["migrate"],
                    settings: service.merging(["FLASHSALE_DATABASE_URL": "postgres://?service=none"]) { $1 })
                #expect(await missing.end() == 1)
                #expect(missing.errors.contains(#"definition of service "none" not found"#), "\(missing.errors)")
            }
        }

        private static let password = "hunter2-of-the-teller"
        private static let verified = [
            "sslmode": "verify-full", "sslrootcert": "ca.crt", "sslcert": "client.crt", "sslkey": "client.key",
        ]

        /// A Postgres with a database `shop`, whose users are `shop` with a certificate and `teller` with a password.
        private struct Server: Sendable {
            let admin: LedgerReader
            let certificates: Certificates
            let port: Int

            /// A URL of the user with a certificate; files are those of the certificates.
            func url(_ parameters: [String: String]) -> String {
                let values = parameters.map { name, value in
                    "\(name)=\(value.hasSuffix(".crt") || value.hasSuffix(".key") ? certificates.file(value) : value)"
                }
                let host = parameters["host"] == nil ? ["host=127.0.0.1"] : []
                return "postgres://shop:\(TLSTests.password)@:\(port)/shop?"
                    + (host + values.sorted()).joined(separator: "&")
            }
        }

        private static func withServer(
            showing shown: String = "server", _ body: (Server) async throws -> Void
        ) async throws {
            let certificates = try await Certificates()
            defer { certificates.directory.remove() }
            let rules = """
                hostssl all shop all cert
                host all flashsale,teller all scram-sha-256
                local all teller scram-sha-256
                """
            try Data((rules + "\n").utf8).write(to: URL(fileURLWithPath: certificates.file("hba")))
            var configuration = PrivatePostgres.Configuration.ephemeral
            configuration.settings = [
                "ssl": "on", "ssl_ca_file": certificates.file("ca.crt"), "hba_file": certificates.file("hba"),
                "ssl_cert_file": certificates.file("\(shown).crt"), "ssl_key_file": certificates.file("\(shown).key"),
                "unix_socket_directories": certificates.directory.path,
            ]
            let postgres = try await PrivatePostgres.start(configuration)
            let admin = try LedgerReader(url: postgres.url)
            try await admin.run("CREATE ROLE shop LOGIN")
            try await admin.run("CREATE ROLE teller LOGIN IN ROLE shop PASSWORD '\(password)'")
            try await admin.run("CREATE DATABASE shop OWNER shop")
            let server = Server(admin: admin, certificates: certificates, port: postgres.port)
            try await body(server)
            await admin.close()
            await postgres.stop()
        }
    }
}
