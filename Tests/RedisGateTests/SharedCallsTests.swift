// Requests that share a call: which go together, and what each gets.

import Dispatch
import Synchronization
import Testing

@testable import RedisGate

@Suite("Shared calls")
struct SharedCallsTests {
    /// Runs tasks one after the other, in the order in which they are ready, as an event loop does.
    private final class Turn: TaskExecutor {
        private let queue = DispatchQueue(label: "turn")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// The calls, and how many requests others have sent.
    private final class Log: Sendable {
        let calls = Mutex<[[Int]]>([])
        let joined = Atomic<Int>(0)
    }

    /// Sends requests of one turn, each with its key, and returns the calls and the values.
    private func send(
        _ requests: [(request: Int, key: String)], requestsMax: Int = 100
    ) async -> (calls: [[Int]], values: [Int: String]) {
        let shared = SharedCalls<String, Int, String>(requestsMax: requestsMax)
        let log = Log()
        let values = await Task(executorPreference: Turn()) {
            await withTaskGroup(of: (Int, String).self) { group in
                for (request, key) in requests {
                    group.addTask {
                        let value = await shared.send(
                            request, of: key, whenJoined: { log.joined.add(1, ordering: .relaxed) },
                            call: { requests in
                                log.calls.withLock { $0.append(requests) }
                                await Task.yield()
                                return requests.map { "\(key)\($0)" }
                            })
                        return (request, value)
                    }
                }
                return await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            }
        }.value
        let calls = log.calls.withLock { $0 }
        #expect(log.joined.load(ordering: .relaxed) == requests.count - calls.count)
        return (calls, values)
    }

    @Test("Requests of one turn and one key go in one call, and each gets its own value")
    func together() async {
        let (calls, values) = await send((1...5).map { ($0, "a") })
        #expect(calls == [[1, 2, 3, 4, 5]])
        #expect(values == [1: "a1", 2: "a2", 3: "a3", 4: "a4", 5: "a5"])
    }

    @Test("Requests of different keys do not share a call")
    func apart() async {
        let (calls, values) = await send([(1, "a"), (2, "b"), (3, "a")])
        #expect(calls == [[1, 3], [2]])
        #expect(values == [1: "a1", 2: "b2", 3: "a3"])
    }

    @Test("A full call leaves the rest for the next one")
    func bounded() async {
        let (calls, values) = await send((1...5).map { ($0, "a") }, requestsMax: 2)
        #expect(calls == [[1, 2], [3, 4], [5]])
        #expect(values.count == 5)
    }
}
