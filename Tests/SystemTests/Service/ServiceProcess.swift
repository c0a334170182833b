// A process under test, most often `flashsale`: a product that was built beside the tests, with the test's own settings
// and without the tests' environment. It ends with the test process, however that ends.

import Foundation
import Glibc
import Testing

@testable import DevStack

final class ServiceProcess: Sendable {
    /// The time limit for steps that a healthy process does in moments.
    static let patience = Duration.seconds(30)
    /// The time limit for what the documents promise within a second: a test's machine may be slow, and busy.
    static let soon = Duration.seconds(5)
    /// The limits of a process.
    struct Bounds: Sendable {
        /// The parent of its own directory, where it writes; nil for the system's temporary directory.
        var directory: String?
        /// The number of files that it may open; nil for as many as the tests.
        var filesMax: Int?
    }

    /// Starts the program, and does nothing else.
    static let plainShell = #"exec "$@" > "$out" 2> "$err""#

    private let process: WatchedProcess
    private let directory: TestDirectory

    /// - Parameters:
    ///   - arguments: the arguments after the program.
    ///   - settings: `FLASHSALE_…` and other variables of the process.
    ///   - shell: the shell script that starts the program; `$out` and `$err` are its output files.
    init(
        _ arguments: [String], program: String = "flashsale", settings: [String: String] = [:],
        within bounds: Bounds = Bounds(), shell: String = plainShell
    ) throws {
        directory = try TestDirectory("service", in: bounds.directory)
        // The watcher's output file would mix standard output and standard error.
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

    /// Its standard output and standard error so far.
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

    /// Shuts it down in order and expects exit code 0.
    func stop() async {
        send(.terminate)
        let status = await end()
        #expect(status == 0, "\(errors)")
    }

    /// A file, or a product, in the directory that `PROGRAMS` names or in that of the test bundle.
    private static func path(of program: String) -> String {
        if program.hasPrefix("/") { return program }
        if let directory = ProcessInfo.processInfo.environment["PROGRAMS"] { return "\(directory)/\(program)" }
        let paths = [CommandLine.arguments[0], (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""]
        let candidates = paths.map { ($0 as NSString).deletingLastPathComponent + "/\(program)" }
        return candidates.first { files.isExecutableFile(atPath: $0) } ?? candidates[0]
    }

    /// The coverage file of a process: beside the tests' own file and apart from it, because a killed process leaves
    /// half a file.
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
        // If Postgres runs as another user, that user must pass through.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// The content of a file; empty while it does not exist.
    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The names in it, hidden ones included.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Waits until a value is there; a test that waits in vain fails here.
func eventually<Answer>(
    _ what: String, within deadline: Duration = ServiceProcess.patience, _ ask: () throws -> Answer?
) async throws -> Answer {
    try #require(try await poll(within: deadline, ask), "in vain: \(what)")
}
