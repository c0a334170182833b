// The waiting room of the tiny service: its line moves as it is asked, and buyers stand in the order of their coming.

extension StubService {
    func line(_ state: State) -> (Int, String) {
        let phase = state.sold.count == itemCount ? "sold_out" : "open"
        return (
            200,
            """
            {"phase":"\(phase)","starts_at":"2026-01-01T00:00:00Z","called":\(state.called),\
            "waiting":\(max(0, state.tickets.count - state.called)),"poll_after_ms":20,\
            "draw":{"commit":"c","seed":"s","n":0}}
            """
        )
    }

    func knock(_ user: String, _ query: [Substring: Substring], _ state: inout State) -> (Int, String) {
        let ticket = query["ticket"].map(String.init) ?? "T1.\(user).\(state.tickets.count + 10_000_000)"
        if query["ticket"] == nil { state.tickets[ticket] = (user, state.tickets.count + 1) }
        guard let place = state.tickets[ticket], place.user == user else {
            state.refusedInLine += 1
            return (400, #"{"message":"No.","code":"validation","retryable":false}"#)
        }
        if lie == .movesPlaces { state.tickets[ticket] = (user, place.number + 1) }
        return (
            200,
            """
            {"ticket":"\(ticket)","number":\(place.number),"is_called":\(place.number <= state.called),\
            "ahead":\(max(0, place.number - state.called - 1)),"wait_seconds":{"low":0,"high":1},"poll_after_ms":20}
            """
        )
    }

    /// The refusal of a buyer that is not called; nil if it may come in.
    func refuseInLine(_ user: String, _ query: [Substring: Substring], _ state: inout State) -> (Int, String)? {
        guard lie != .letsJumpersIn else { return nil }
        let place = query["ticket"].flatMap { state.tickets[String($0)] }
        if let place, place.user == user, place.number <= state.called { return nil }
        if state.sold.count == itemCount { return nil }
        state.refusedInLine += 1
        let number = place.map { #""number":\#($0.number),"ahead":\#(max(0, $0.number - state.called - 1)),"# } ?? ""
        return (429, #"{"message":"No.","code":"waiting_room","retryable":true,\#(number)"queue":"/sales/1/queue"}"#)
    }
}
