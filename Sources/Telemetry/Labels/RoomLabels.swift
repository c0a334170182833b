// The labels of the waiting room family.

/// When a buyer joined a line.
public enum JoinPhase: String, LabelValue {
    /// Before the start: it takes part in the draw.
    case draw
    case late

    public static let labelName = "phase"
}

/// Why the waiting room refused a checkout.
public enum RoomRefusal: String, LabelValue {
    case notCalled = "not_called"
    case noTicket = "no_ticket"
    case forgedTicket = "forged_ticket"

    public static let labelName = "reason"
}
