// Passwords that change while a client runs.

import DevStack
import Foundation
import Testing

@testable import LibpqClient

@Suite struct PasswordTests {
    @Test("A password that changes in the password file counts for the next connection")
    func passwordFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "passwords-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        func write(_ password: String) throws {
            try Data("*:*:*:teller:\(password)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        try await withClient { admin in
            try await admin.run("CREATE ROLE teller LOGIN PASSWORD 'first'")
            try write("first")
            let own = admin.configuration.url
            let at = try #require(own.firstIndex(of: "@"))
            let client = try PostgresClient(
                PostgresClientConfiguration(url: "postgres://teller\(own[at...])?passfile=\(file.path)"))
            let isTeller = "SELECT current_user = 'teller'"
            #expect(try await client.run(isTeller)[0][0].bool())

            try await admin.run("ALTER ROLE teller PASSWORD 'second'")
            let kick = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'teller'"
            try await admin.run(kick)
            _ = await failure { try await client.run(isTeller) }
            let error = await failure { try await client.run(isTeller) }
            #expect(error?.message.contains("password authentication failed") == true, "\(String(describing: error))")
            #expect(error.map { "\($0)".contains("first") } == false)

            try write("second")
            let end = ContinuousClock.Instant.patient
            while await failure({ try await client.run(isTeller) }) != nil, ContinuousClock.now < end {}
            #expect(try await client.run(isTeller)[0][0].bool())
            await client.shutdown()
            try await admin.run("DROP ROLE teller")
        }
    }
}
