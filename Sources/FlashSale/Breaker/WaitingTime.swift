// The time that a thread has nothing to do.

/// How long the calling thread has waited for others so far. Of a step that begins and ends on one thread, the
/// difference is what others took for it, and no lag of the thread's own.
public struct WaitingTime: Sendable {
    let soFar: @Sendable () -> Duration

    public init(soFar: @escaping @Sendable () -> Duration) {
        self.soFar = soFar
    }
}
