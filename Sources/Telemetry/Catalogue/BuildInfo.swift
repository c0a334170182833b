// Which build this is.

/// The facts of `flashsale_build_info`, and of `--version` of both programs.
public struct BuildInfo: Sendable {
    public let version: String
    /// The commit the build was made from, `unknown` outside of a release.
    public let revision: String

    public init(version: String = "0.1.0", revision: String = "unknown") {
        self.version = version
        self.revision = revision
    }

    #if compiler(>=6.4)
        public static let swiftVersion = "6.4"
    #elseif compiler(>=6.3)
        public static let swiftVersion = "6.3"
    #else
        public static let swiftVersion = "6.2"
    #endif

    #if DEBUG
        public static let buildMode = "debug"
    #else
        public static let buildMode = "release"
    #endif

    var labels: [LabelPair] {
        [
            LabelPair(name: "version", value: version),
            LabelPair(name: "revision", value: revision),
            LabelPair(name: "swift_version", value: Self.swiftVersion),
            LabelPair(name: "build_mode", value: Self.buildMode),
        ]
    }
}
