// The waiting room of the tiny service: its line moves as it is asked, and buyers stand in the order of their coming.

extension StubService {
    /// Of the seed `s`. Nobody took part in the draw.
    private static let commit = "043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89"

    func line(_ state: State) -> (Int, String) {
        let phase = state.sold.count == itemCount ? "sold_out" : "open"
        return (
            200,
            """
            {"phase":"\(phase)","starts_at":"\(startsAt)",\
            "called":\(calledAsTold(state)),\
            "waiting":\(max(0, state.tickets.count - state.called)),"poll_after_ms":20,\
            "draw":{"commit":"\(lie == .changesCommit ? String(state.requests) : Self.commit)",\
            "seed":"\(lie == .forgesSeed ? "t" : "s")","n":\(lie == .misdraws ? 1_000 : 0)}}
            """
        )
    }

    private func calledAsTold(_ state: State) -> Int {
        switch lie {
        case .callsBack where state.requests.isMultiple(of: 2): 0
        case .hidesCalls: 1_000
        default: state.called
        }
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
            {"ticket":"\(ticket)","number":\(place.number),\
            "is_called":\(lie != .hidesCalls && place.number <= state.called),\
            "ahead":\(max(0, place.number - state.called - 1)),"wait_seconds":{"low":0,"high":1},"poll_after_ms":20}
            """
        )
    }

    /// The refusal of a buyer that is not called; nil if it may come in.
    func refuseInLine(_ user: String, _ query: [Substring: Substring], _ state: inout State) -> (Int, String)? {
        guard lie != .letsJumpersIn, lie != .hidesCalls else { return nil }
        let place = query["ticket"].flatMap { state.tickets[String($0)] }
        if let place, place.user == user, place.number <= state.called { return nil }
        if state.sold.count == itemCount { return nil }
        state.refusedInLine += 1
        let number = place.map { #""number":\#($0.number),"ahead":\#(max(0, $0.number - state.called - 1)),"# } ?? ""
        return (429, #"{"message":"No.","code":"waiting_room","retryable":true,\#(number)"queue":"/sales/1/queue"}"#)
    }
}
