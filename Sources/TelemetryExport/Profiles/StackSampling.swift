// The stacks that the handler of SIGPROF has left, as Swift values.

internal import CLinux
internal import Glibc

/// The stack of one thread.
struct ThreadStack: Sendable {
    let thread: pid_t
    /// How many periods of a timer it stands for.
    let weight: Int64
    /// Addresses of code, innermost first. Those of callers are moved back into the call that is going on.
    let frames: [UInt64]

    init(_ stack: clinux_stack) {
        thread = stack.thread
        weight = Int64(stack.weight)
        let depth = min(Int(stack.depth), clinux_stack_frames_max)
        frames = withUnsafeBytes(of: stack.frames) { bytes in
            let words = bytes.bindMemory(to: UInt.self).prefix(depth)
            return words.enumerated().map { index, address in UInt64(index == 0 ? address : address &- 1) }
        }
    }
}

enum StackSampling {
    /// Installs the handler. False if the system does not let us.
    static func install() -> Bool {
        clinux_install_sampler(UInt(LoadedObject.mainStackEnd(maps: readMaps())))
    }

    /// Takes all stacks of a kind that are there.
    static func drain(_ kind: clinux_stack_kind, _ body: (ThreadStack) -> Void) {
        var slot: UInt32 = 0
        var stack = clinux_stack()
        while clinux_take_stack(kind, &slot, &stack) { body(ThreadStack(stack)) }
    }
}
