// The stacks that the handler of SIGPROF has recorded, as Swift values.

internal import CLinux
internal import Glibc

/// The stack of one thread.
struct ThreadStack: Sendable {
    let thread: pid_t
    /// The number of timer periods that it stands for.
    let weight: Int64
    /// Addresses of code, innermost first. Addresses of callers are moved back into their calls.
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
    /// Installs the handler. Returns false if the system refuses.
    static func install() -> Bool {
        clinux_install_sampler(UInt(LoadedObject.mainStackEnd(maps: readMaps())))
    }

    /// Takes all recorded stacks of a kind.
    static func drain(_ kind: clinux_stack_kind, _ body: (ThreadStack) -> Void) {
        var slot: UInt32 = 0
        var stack = clinux_stack()
        while clinux_take_stack(kind, &slot, &stack) { body(ThreadStack(stack)) }
    }
}
