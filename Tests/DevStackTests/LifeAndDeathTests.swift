// However the parent ends, no process, no socket and no file outside of the data directory is left. The parent in these
// tests is another process, which Swift Testing starts from this executable.

import FoundationEssentials
import Glibc
import Testing

@testable import DevStack

@Suite("Life and death of the private servers", .timeLimit(.minutes(5)))
struct LifeAndDeathTests {
    @Test("kill -9 of the parent ends every server and removes every ephemeral directory")
    func parentIsKilled() async throws {
        let result = try await #require(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let postgres = try await PrivatePostgres.start(.ephemeral)
            let redis = try await PrivateRedis.start(.ephemeral)
            let prometheus = try await PrivatePrometheus.start()
            let processes = postgres.processIDs + redis.processIDs + prometheus.processIDs
            let everyone = processes.flatMap { [$0] + ServerProof.descendants(of: $0) }
            // A frozen server is the hardest to end.
            redis.kill(.stop)
            print("processes", everyone.map(String.init).joined(separator: " "))
            print("leaders", processes.map(String.init).joined(separator: " "))
            print("paths", postgres.directory.path, redis.directory.path, prometheus.directory.path)
            fflush(nil)
            kill(getpid(), SIGKILL)
            withExtendedLifetime((postgres, redis, prometheus)) {}
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        let processes = words(of: output, after: "processes").compactMap { pid_t($0) }
        let paths = words(of: output, after: "paths")
        #expect(processes.count > 9, "three servers, their watchers, their janitors and Postgres' own processes")
        #expect(paths.count == 3)
        let leaders = words(of: output, after: "leaders").compactMap { pid_t($0) }
        #expect(await ServerProof.ended(leaders))
        let isEmpty = await poll(within: .seconds(10)) { ServerProof.members(of: leaders).isEmpty ? true : nil }
        #expect(isEmpty == true, "a watcher takes along what is left of its session")
        #expect(await ServerProof.ended(processes))
        for path in paths { #expect(await ServerProof.isGone(path)) }
    }

    @Test("Ctrl-C in the terminal reaches only the parent")
    func interruptOfTheProcessGroup() async throws {
        await #expect(processExitsWith: .success) {
            setpgid(0, 0)
            signal(SIGINT, SIG_IGN)
            let postgres = try await PrivatePostgres.start(.ephemeral)
            let redis = try await PrivateRedis.start(.ephemeral)
            kill(0, SIGINT)
            // Both servers still work, and then end in order.
            try await postgres.createDatabase("after")
            #expect(redis.processIDs.allSatisfy(ServerProof.isAlive))
            for process in postgres.processIDs + redis.processIDs {
                #expect(getsid(process) != getsid(0))
            }
            await postgres.stop()
            await redis.stop()
        }
    }

    @Test("No child inherits the parent's end of a watcher's channel, or any other descriptor")
    func inheritance() async throws {
        let (ours, theirs) = try Channel.pair()
        #expect(fcntl(ours.descriptor, F_GETFD) & FD_CLOEXEC != 0, "for children that others start")
        let careless = open("/dev/full", O_RDONLY)
        defer { close(careless) }
        let redis = try await PrivateRedis.start(.ephemeral)
        let end = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(ours.descriptor)")
        for process in redis.processIDs {
            let descriptors = ServerProof.descriptors(of: process)
            #expect(!descriptors.isEmpty)
            #expect(!descriptors.contains(end) && !descriptors.contains("/dev/full"))
        }
        theirs.close()
        await redis.stop()
    }

    @Test("A cancelled task stops its server in order too")
    func stopWhenCancelled() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let processes = redis.processIDs
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await redis.stop()
        }
        await task.value
        #expect(processes.filter(ServerProof.isAlive).isEmpty)
        #expect(!ServerProof.exists(redis.directory.path))
    }

    @Test("stop() leaves no process and no ephemeral directory")
    func stop() async throws {
        let postgres = try await PrivatePostgres.start(.ephemeral)
        let redis = try await PrivateRedis.start(.ephemeral)
        let processes = postgres.processIDs + redis.processIDs
        let everyone = processes.flatMap { [$0] + ServerProof.descendants(of: $0) }
        let paths = [postgres.directory.path, redis.directory.path]
        await postgres.stop()
        await redis.stop()
        #expect(everyone.filter(ServerProof.isAlive).isEmpty)
        #expect(paths.filter(ServerProof.exists).isEmpty)
    }

    @Test("A frozen server is ended too")
    func stopOfAFrozenServer() async throws {
        let redis = try await PrivateRedis.start(.ephemeral)
        let processes = redis.processIDs
        redis.kill(.stop)
        await redis.stop()
        #expect(processes.filter(ServerProof.isAlive).isEmpty)
    }

    @Test("Dropping the last reference ends the server")
    func dropping() async throws {
        var redis: PrivateRedis? = try await PrivateRedis.start(.ephemeral)
        let processes = redis?.processIDs ?? []
        #expect(processes.count == 3)
        redis = nil
        #expect(await ServerProof.ended(processes))
    }

    @Test("A child that ends without a waiter is reaped, so that no zombie stays")
    func reaping() async throws {
        let (ours, theirs) = try Channel.pair()
        let id = try ChildProcess(["true"], input: theirs.descriptor, output: "/dev/null").id
        #expect(await ServerProof.isGone("/proc/\(id)"))
        ours.close()
    }

    private func words(of output: String, after word: String) -> [String] {
        output.split(separator: "\n").first { $0.hasPrefix(word + " ") }
            .map { $0.split(separator: " ").dropFirst().map(String.init) } ?? []
    }
}
