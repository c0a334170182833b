// The alerts by name, and those that the proof leaves to promtool.

enum ProofAlert {
    /// An alert's name; the long window distinguishes those of burn rates.
    static func name(of labels: [String: String]) -> String {
        [labels["alertname"] ?? "", labels["long"] ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Fires from the start to the end.
    static let watchdog = "Watchdog"

    /// The alerts that no fault here fires. `prometheus/tests` has a case for each that fires and one that does not.
    static let exempt: [String: String] = [
        "AvailabilityBudgetBurn 1d": "burns over days, even at this pace: promtool",
        "AvailabilityBudgetBurn 3d": "burns over days, even at this pace: promtool",
        "LatencyBudgetBurn 1d": "burns over days, even at this pace: promtool",
        "LatencyBudgetBurn 3d": "burns over days, even at this pace: promtool",
        "CardinalityHigh": "labels are closed sets, so the series cannot come to so many: promtool, CatalogueTests",
        "CommitsWaitForNoStandby": "its Postgres has no standby: promtool, PromotionTests",
        "CpuSaturated": "needs all of the machine: promtool",
        "EventLoopLag": "needs a machine whose processors are taken: promtool",
        "ExecutorLag": "needs a machine whose processors are taken: promtool",
        "Hoarding": "its buyers pay: promtool",
        "ReaderLags": "needs a gigabyte of log that nobody reads: promtool",
        "RetentionLags": "fires after two hours: promtool",
        "RoomEmptyHanded": "its waiting room is small and soon over: promtool",
        "RoomStuck": "its usher is not stopped: promtool",
        "MemoryHigh": "needs a control group of its own with a limit: promtool",
        "TaskCountAnomaly": "it sheds before its tasks come to so many: promtool",
    ]
}
