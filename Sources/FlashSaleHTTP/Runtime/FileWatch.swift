// A value made of files that others replace while the service runs: certificates, keys.
//
// Trust rule: what is in the files counts only as a whole. Files that make no value, as when a writer is half done, are
// refused with one line in the log, and the value before them stays.

internal import Logging
internal import Synchronization

/// Files with small content, which are read each second.
final class FileWatch<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var value: Value
        /// The last content, good or bad, so that each is judged once.
        var content: Result<[[UInt8]], FileProblem>
    }

    private static var interval: Duration { .seconds(1) }

    private let paths: [String]
    private let make: @Sendable ([[UInt8]]) throws(FileProblem) -> Value
    private let state: Mutex<State>

    /// Reads the files for the first time.
    ///
    /// - Parameter make: makes a value of the content of each file.
    init(_ paths: [String], make: @escaping @Sendable ([[UInt8]]) throws(FileProblem) -> Value) throws(FileProblem) {
        let content = try Self.read(paths).get()
        self.paths = paths
        self.make = make
        state = Mutex(State(value: try make(content), content: .success(content)))
    }

    var value: Value { state.withLock { $0.value } }

    /// Looks at the files each second until its task is cancelled.
    func run(_ logger: Logger) async {
        while (try? await Task.sleep(for: Self.interval)) != nil { look(logger) }
    }

    /// Reads the files again.
    private func look(_ logger: Logger) {
        let content = Self.read(paths)
        guard content != state.withLock({ $0.content }) else { return }
        do throws(FileProblem) {
            let value = try make(content.get())
            state.withLock { $0 = State(value: value, content: content) }
            logger.notice("files are read again", metadata: ["files": .string(paths.joined(separator: " "))])
        } catch {
            state.withLock { $0.content = content }
            logger.warning("changed files are refused, the old ones count", metadata: ["why": "\(error)"])
        }
    }

    private static func read(_ paths: [String]) -> Result<[[UInt8]], FileProblem> {
        Result { () throws(FileProblem) in
            var content: [[UInt8]] = []
            for path in paths { content.append(try FileProblem.reading(path)) }
            return content
        }
    }
}
