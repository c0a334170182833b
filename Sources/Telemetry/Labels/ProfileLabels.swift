// The labels of the profile family, and which of their combinations occur.

/// The profile that was asked for, and the result.
public struct ProfileLabels: LabelSet, Hashable {
    public let profile: ProfileName
    public let result: ProfileResult

    public init(_ profile: ProfileName, _ result: ProfileResult) {
        self.profile = profile
        self.result = result
    }

    public static let labelNames = [ProfileName.labelName, ProfileResult.labelName]

    public static let all = ProfileName.allCases.flatMap { profile in
        ProfileResult.allCases.map { ProfileLabels(profile, $0) }
    }

    public static let legal = all.filter { labels in
        switch (labels.profile, labels.result) {
        case (_, .ok), (.profile, _): true
        case (.index, _), (.cmdline, _): false
        case (.continuous, .failed), (.upload, .failed): true
        case (.continuous, _), (.upload, _): false
        case (_, .refused), (_, .failed): true
        default: false
        }
    }

    public var index: Int { profile.index * ProfileResult.allCases.count + result.index }

    public var labelValues: [String] { [profile.rawValue, result.rawValue] }

    /// Every unexpected error counts as failed. A profile that cannot fail counts as ok.
    public var folded: ProfileLabels {
        if Self.legal.contains(self) { return self }
        let failed = ProfileLabels(profile, .failed)
        return Self.legal.contains(failed) ? failed : ProfileLabels(profile, .ok)
    }
}

/// A page under /debug/pprof/, or work that no HTTP request asked for.
public enum ProfileName: String, LabelValue {
    case index
    case profile
    case goroutine
    case threadcreate
    case cmdline
    case symbol
    case heap
    case allocs
    /// A file of the continuous mode.
    case continuous
    case upload

    public static let labelName = "profile"
}

/// The result of a request for a profile.
public enum ProfileResult: String, LabelValue {
    case ok
    /// A parameter is out of range.
    case refused
    /// Another profile is being taken.
    case busy
    /// The client has gone.
    case cancelled
    case failed

    public static let labelName = "result"
}
