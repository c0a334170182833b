// The stacks of all threads at this moment, busy or asleep: each gets the signal and records its stack.

internal import CLinux
internal import Telemetry

enum ThreadStacks {
    /// The longest wait for a thread that blocks the signal.
    private static let patience = Duration.milliseconds(200)
    private static let pause = Duration.milliseconds(1)

    /// The stacks with the names of their threads, in order of thread. It waits, so call it on a thread of its own.
    static func take(stop: StopFlag) -> [(stack: ThreadStack, name: String)] {
        guard StackSampling.install() else { return [] }
        StackSampling.drain(clinux_stack_of_dump) { _ in }
        var asked = Set(threadsOfProcess().filter { clinux_ask_for_stack($0) })
        var stacks: [ThreadStack] = []
        let end = MonotonicTime.now + patience
        while !asked.isEmpty, MonotonicTime.now < end, !stop.isSet {
            StackSampling.drain(clinux_stack_of_dump) { stack in
                if asked.remove(stack.thread) != nil { stacks.append(stack) }
            }
            if !asked.isEmpty { StopFlag.wait(for: pause) }
        }
        return stacks.sorted { $0.thread < $1.thread }.map { ($0, threadName($0.thread)) }
    }
}

extension Profile {
    /// One sample for each thread.
    ///
    /// - Parameter type: the name of the samples: `goroutine` or `threadcreate`.
    init(of stacks: [(stack: ThreadStack, name: String)], type: String) {
        let valueType = ValueType(type: type, unit: "count")
        self.init(types: [valueType], period: (valueType, 1))
        samples = stacks.map { Sample(frames: $0.stack.frames, values: [1], thread: $0.name) }
    }
}
