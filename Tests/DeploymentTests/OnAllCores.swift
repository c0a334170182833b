// Works through many elements at once, where each is a process or a computation of its own.

import Dispatch
import Synchronization

enum OnAllCores {
    /// The results for all elements, in their order. Throws what the work on one of them threw.
    static func map<Element: Sendable, Value: Sendable>(
        _ elements: [Element], _ work: @Sendable (Element) throws -> Value
    ) throws -> [Value] {
        let results = Mutex([Int: Result<Value, any Error>]())
        DispatchQueue.concurrentPerform(iterations: elements.count) { index in
            let result = Result { try work(elements[index]) }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { results in
            try elements.indices.map { index in
                guard let result = results[index] else { preconditionFailure("each element has been worked on") }
                return try result.get()
            }
        }
    }
}
