// A process under test, most often `flashsale`: a product that was built beside the tests, with settings of the test's
// own and nothing of the tests' environment. It ends with the test process, however that ends.

import Foundation
import Glibc
import Testing

@testable import DevStack

final class ServiceProcess: Sendable {
    /// How long a process may take for what a healthy one does in moments.
    static let patience = Duration.seconds(30)
    /// What a process is confined to.
    struct Bounds: Sendable {
        /// In which directory it has a directory of its own, where it writes; nil for that of all temporary files.
        var directory: String?
        /// How many files it may open; nil for as many as the tests.
        var filesMax: Int?
    }

    /// Starts the program, and does nothing else.
    static let plainShell = #"exec "$@" > "$out" 2> "$err""#

    private let process: WatchedProcess
    private let directory: TestDirectory

    /// - Parameters:
    ///   - arguments: what follows the program.
    ///   - settings: `FLASHSALE_…` variables and what else the process shall see.
    ///   - shell: what starts the program, with `$out` and `$err` for where it writes.
    init(
        _ arguments: [String], program: String = "flashsale", settings: [String: String] = [:],
        within bounds: Bounds = Bounds(), shell: String = plainShell
    ) throws {
        directory = try TestDirectory("service", in: bounds.directory)
        // The watcher's output file would mix what the process says to people with what it says to programs.
        let limit = bounds.filesMax.map { "ulimit -n \($0); " } ?? ""
        let split = "out=$1 err=$2; shift 2; " + limit + shell
        let own = ["SWIFT_BACKTRACE": "enable=no", "LLVM_PROFILE_FILE": Self.profile(of: program)]
        let environment = settings.merging(own) { $1 }
        process = try WatchedProcess(
            ["sh", "-c", split, program, directory.file("out"), directory.file("err"), Self.path(of: program)]
                + arguments,
            lastSignal: .kill, environment: environment, output: "/dev/null", pidFile: directory.file("pid"),
            lock: nil)
    }

    deinit { directory.remove() }

    /// What it has written to standard output, and to standard error.
    var output: String { directory.text("out") }
    var errors: String { directory.text("err") }

    /// The process itself, not the watcher.
    var id: pid_t? { pid_t(directory.text("pid").filter(\.isNumber)) }

    func send(_ signal: ServerSignal) {
        process.send(signal)
    }

    /// The exit status, 128 and the signal's number if a signal ended it; nil if it still runs after `deadline`.
    func end(within deadline: Duration = patience) async -> Int32? {
        await process.watcher.end(within: deadline)
    }

    var hasEnded: Bool { process.watcher.exitStatus != nil }

    /// Ends it in order and expects that it says so.
    func stop() async {
        send(.terminate)
        let status = await end()
        #expect(status == 0, "\(errors)")
    }

    /// A product, in the directory that `PROGRAMS` names or in that of the test bundle.
    private static func path(of program: String) -> String {
        if let directory = ProcessInfo.processInfo.environment["PROGRAMS"] { return "\(directory)/\(program)" }
        let paths = [CommandLine.arguments[0], (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""]
        let candidates = paths.map { ($0 as NSString).deletingLastPathComponent + "/\(program)" }
        return candidates.first { files.isExecutableFile(atPath: $0) } ?? candidates[0]
    }

    /// Where a program that counts its lines says which its process has run: beside what the tests have run, and apart,
    /// because a process that is killed while it says so leaves half a file.
    private static func profile(of program: String) -> String {
        let ours = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"] ?? ""
        guard ours.hasSuffix(".profraw") else { return "/dev/null" }
        return (ours as NSString).deletingLastPathComponent + "/processes/\(program).%p.profraw"
    }

    private static var files: FileManager { .default }
}

/// A directory that a test owns.
struct TestDirectory: Sendable {
    let path: String

    init(_ name: String, in parent: String? = nil) throws {
        let parent = parent ?? FileManager.default.temporaryDirectory.path
        path = "\(parent)/flashsale-test-\(name)-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        // Where Postgres runs as another user, it passes through.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// The content of a file; empty while there is none.
    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The names in it, hidden ones included.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Waits until there is something to see; a test that waits in vain fails here.
func eventually<Answer>(
    _ what: String, within deadline: Duration = ServiceProcess.patience, _ ask: () throws -> Answer?
) async throws -> Answer {
    try #require(try await poll(within: deadline, ask), "in vain: \(what)")
}
