// Waits for what sends no event.

/// Calls the closure every few milliseconds until it returns a value; nil after `deadline` or if the task is cancelled.
///
/// A process, a file or a lock sends no event, and starting and stopping servers is too rare for an event loop.
func poll<Answer>(within deadline: Duration, _ ask: () throws -> Answer?) async rethrows -> Answer? {
    let end = ContinuousClock.now.advanced(by: deadline)
    while true {
        if let answer = try ask() { return answer }
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(5))) != nil else { return nil }
    }
}
