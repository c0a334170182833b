// The rules in fast motion: an alert that takes minutes in production takes the proof seconds.

/// Divides the durations of rule files.
enum RuleScale {
    /// How much faster time goes.
    static let factor = 30
    /// No window is shorter: it must hold a few scrapes, and runs of the drift check, which are a second apart.
    static let windowSecondsMin = 5

    /// The text of a rule file with every duration divided: the windows in brackets, the values of `for`,
    /// `keep_firing_for` and `interval`, and the ages that rules compare with.
    static func faster(_ text: String) -> String {
        let windows = text.replacing(#/\[([0-9]+[smhd])(?::([0-9]+[smhd]))?\]/#) { match in
            let window = max(windowSecondsMin, seconds(match.1) / factor)
            let step = match.2.map { ":\(max(1, seconds($0) / factor))s" } ?? ""
            return "[\(window)s\(step)]"
        }
        let waits = windows.replacing(#/(for|keep_firing_for|interval): ([0-9]+[smhd])\n/#) { match in
            "\(match.1): \(max(1, seconds(match.2) / factor))s\n"
        }
        return waits.replacing(#/(time\(\)\s+- \(?max by [^>]*(?:> 0\)\s+)?> )([0-9]+)/#) { match in
            "\(match.1)\((Int(match.2) ?? 0) / factor)"
        }
    }

    private static func seconds(_ duration: Substring) -> Int {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        return (Int(duration.dropLast()) ?? 0) * (duration.last.flatMap { units[$0] } ?? 0)
    }
}
