// A directory has one server: a second start fails with a sentence, and a start after a crash takes over its data.

import FoundationEssentials
import Glibc
import Testing

@testable import DevStack

@Suite("The servers' directories", .timeLimit(.minutes(5)))
struct DirectoryTests {
    @Test("The error of a directory in use is one sentence that names the owner")
    func inUse() async throws {
        try await withDirectory { path in
            var configuration = PrivateRedis.Configuration.ephemeral
            configuration.place.directory = path
            let first = try await PrivateRedis.start(configuration)
            let error = await #expect(throws: DevStackError.self) {
                _ = try await PrivateRedis.start(configuration)
            }
            #expect(error?.code == .directoryInUse)
            #expect(error?.description.contains("(process \(getpid()))") == true)
            #expect(error?.description.contains("\n") == false)
            await first.stop()
        }
    }

    @Test("A directory that cannot be made is named with the system's own reason")
    func unmade() async throws {
        var configuration = PrivateRedis.Configuration.ephemeral
        configuration.place.directory = "/dev/null/a/redis"
        let error = await #expect(throws: DevStackError.self) {
            _ = try await PrivateRedis.start(configuration)
        }
        #expect(error?.code == .directoryUnusable)
        #expect(error?.description == "/dev/null/a/redis cannot be made: Not a directory.")
    }

    @Test("Without PATH programs are looked for where systems have them")
    func searchPath() {
        #expect(SearchPath.folders(in: [:]).split(separator: ":").contains("/usr/bin"))
        #expect(SearchPath.folders(in: ["PATH": "/opt/a:/opt/b"]) == "/opt/a:/opt/b")
    }

    @Test("Postgres starts on the data of a Postgres that was killed together with its parent")
    func recovery() async throws {
        try await withDirectory { path in
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                var configuration = PrivatePostgres.Configuration.ephemeral
                configuration.place.directory = path
                let postgres = try await PrivatePostgres.start(configuration)
                try await postgres.createDatabase("kept")
                postgres.kill(.kill)
                kill(getpid(), SIGKILL)
            }
            var configuration = PrivatePostgres.Configuration.ephemeral
            configuration.place.directory = path
            // No pause: the start itself waits for the last process of the old server.
            let postgres = try await PrivatePostgres.start(configuration)
            try await postgres.createDatabase("copy", template: "kept")
            await postgres.stop()
            #expect(ServerProof.exists(path + "/data/PG_VERSION"), "a directory of the caller's is kept")
            #expect(!ServerProof.exists(path + "/data/postmaster.pid"))
        }
    }

    @Test("Postgres starts although a stale postmaster.pid names the live process of another program")
    func stalePostmasterFile() async throws {
        try await withDirectory { path in
            var configuration = PrivatePostgres.Configuration.ephemeral
            configuration.place.directory = path
            try await PrivatePostgres.start(configuration).stop()
            let stale = Data("\(getppid())\n\(path)/data\n0\n5432\n\n127.0.0.1\n1 1\nready\n".utf8)
            try stale.write(to: URL(filePath: path + "/data/postmaster.pid"))
            let postgres = try await PrivatePostgres.start(configuration)
            await postgres.stop()
        }
    }

    @Test("A cluster that is half made is made again")
    func halfMade() async throws {
        try await withDirectory { path in
            for directory in ["", "/data", "/data.new"] {
                try FileManager.default.createDirectory(
                    atPath: path + directory, withIntermediateDirectories: true)
            }
            try Data().write(to: URL(filePath: path + "/lock"))
            try Data("half".utf8).write(to: URL(filePath: path + "/data.new/postgresql.conf"))
            var configuration = PrivatePostgres.Configuration.ephemeral
            configuration.place.directory = path
            let postgres = try await PrivatePostgres.start(configuration)
            try await postgres.createDatabase("works")
            await postgres.stop()
        }
    }

    @Test("Data of another version of Postgres are refused in one sentence; with `fresh` they are dropped")
    func otherVersion() async throws {
        try await withDirectory { path in
            try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: path + "/lock"))
            try Data("9\n".utf8).write(to: URL(filePath: path + "/data/PG_VERSION"))
            var configuration = PrivatePostgres.Configuration.ephemeral
            configuration.place.directory = path
            let error = await #expect(throws: DevStackError.self) {
                _ = try await PrivatePostgres.start(configuration)
            }
            #expect(error?.code == .directoryUnusable)
            #expect(error?.description.contains("PostgreSQL 9") == true)
            configuration.place.fresh = true
            try await PrivatePostgres.start(configuration).stop()
        }
    }

    @Test("A directory with other files is refused, so that no file of the user is dropped")
    func strangersDirectory() async throws {
        try await withDirectory { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(filePath: path + "/thesis.txt"))
            var configuration = PrivateRedis.Configuration()
            configuration.place.directory = path
            configuration.place.fresh = true
            let error = await #expect(throws: DevStackError.self) {
                _ = try await PrivateRedis.start(configuration)
            }
            #expect(error?.code == .directoryUnusable)
            #expect(ServerProof.exists(path + "/thesis.txt"))
        }
    }

    @Test("The password is made once, and only the owner may read it and the directory")
    func password() async throws {
        try await withDirectory { path in
            var configuration = PrivateRedis.Configuration()
            configuration.place.directory = path
            let first = try await PrivateRedis.start(configuration)
            let password = first.url.split(separator: "@")[0]
            #expect(mode(of: path) == 0o700)
            #expect(mode(of: path + "/password") == 0o600)
            #expect(mode(of: path + "/redis.conf") == 0o600)
            await first.stop()
            let second = try await PrivateRedis.start(configuration)
            #expect(second.url.hasPrefix(password))
            #expect(second.port > 0)
            await second.stop()
        }
    }

    @Test(
        "A directory may have any name",
        arguments: ["it's", #"a "b""#, #"back\slash"#, "$HOME `id`", "ä€ 漢", "-a;&|<>#%!", "{a}[b]*?"])
    func name(name: String) async throws {
        try await withDirectory { path in
            var configuration = PrivateRedis.Configuration.ephemeral
            configuration.place.directory = "\(path)/\(name)/redis"
            configuration.settings = ["appendonly yes"]
            let redis = try await PrivateRedis.start(configuration)
            #expect(redis.reply(to: "SET a 1").contains("OK"))
            #expect(ServerProof.exists("\(path)/\(name)/redis/data/appendonlydir"), "its data are elsewhere")
            await redis.stop()
        }
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        stat(path, &status)
        return status.st_mode & 0o777
    }

    /// Runs the body with the path of a directory that does not exist yet.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/flashsale-test-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}
