// The clock of a connection. An alarm is never cancelled: if it rings too early, it is set again.

internal import NIOCore
internal import Telemetry

extension ConnectionHandler {
    func setTimer() {
        let left = Duration.nanoseconds(Int64(state.deadline.nanoseconds(since: .now)))
        alarms.set(in: min(left, state.longestWait)) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        guard let context, context.channel.isActive else { return }
        switch state.timerFired(
            at: .now, isShutting: environment.bounds.isShutting, unsentBytes: context.channel.unsentBytes)
        {
        case .wait:
            setTimer()
        case .lookAgain:
            alarms.set(in: .milliseconds(1)) { [weak self] in self?.timerFired() }
        case .stop:
            break
        case .close:
            if state.phase == .head || state.phase == .sending { environment.observer.rejected(.timeout) }
            context.close(promise: nil)
        case .refuse:
            task?.cancel()
            environment.observer.rejected(.timeout)
            // The client gets the same answer for a late body and for a late flow. The connection is closed afterwards.
            state.lost()
            refuse(Problem(.timeout))
            setTimer()
        }
    }
}
