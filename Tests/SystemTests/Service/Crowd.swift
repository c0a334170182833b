// Many clients at once: threads with a connection each that share a list of requests.

import NIOPosix
import Synchronization

/// The threads of all crowds. Blocking clients must not block the few threads that run async code.
enum Crowd {
    /// The most clients at a time.
    static let width = 64

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: width)
        pool.start()
        return pool
    }()

    /// Runs the body once for each number below `count`, at most `width` at a time, each thread with its own clients.
    ///
    /// - Parameters:
    ///   - ports: a thread gets a connection to each.
    ///   - body: gets the connections and the number.
    /// - Returns: the results by number.
    static func run<Result: Sendable>(
        _ count: Int, width: Int = width, ports: [Int],
        _ body: @escaping @Sendable ([HTTPConnection], Int) throws -> Result
    ) async throws -> [Result] {
        let numbers = Numbers()
        return try await withThrowingTaskGroup(of: [(Int, Result)].self) { group in
            for _ in 0..<min(width, count) {
                group.addTask {
                    try await threads.runIfActive {
                        let connections = ports.map { HTTPConnection(port: $0) }
                        var results: [(Int, Result)] = []
                        while case let number = numbers.take(), number < count {
                            results.append((number, try body(connections, number)))
                        }
                        return results
                    }
                }
            }
            var results = [Result?](repeating: nil, count: count)
            for try await part in group {
                for (number, result) in part { results[number] = result }
            }
            return results.compactMap { $0 }
        }
    }
}

/// Gives out the whole numbers from 0, each once.
private final class Numbers: Sendable {
    private let next = Atomic(0)

    func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
}
