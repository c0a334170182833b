// Threads for calls that block. The cooperative pool and event loops must not run such calls.

internal import CLinux
internal import Glibc

/// Starts a detached thread that runs the body once.
///
/// - Parameter name: for `top -H`, debuggers and profiles; at most 15 bytes are kept.
/// - Returns: 0, or the error number of the system; then the body never runs.
public func startThread(named name: StaticString, _ body: @escaping @Sendable () -> Void) -> Int32 {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { argument in
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            UnsafeRawPointer(start.name.utf8Start).withMemoryRebound(to: CChar.self, capacity: 1) {
                clinux_name_thread($0)
            }
            start.body()
            return nil
        }, start.toOpaque())
    if failure == 0 { pthread_detach(thread) } else { start.release() }
    return failure
}

private final class Start: Sendable {
    let name: StaticString
    let body: @Sendable () -> Void

    init(name: StaticString, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
