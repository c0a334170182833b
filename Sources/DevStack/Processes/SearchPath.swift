// Where programs are looked for.

import FoundationEssentials

enum SearchPath {
    /// The folders, as `PATH` lists them. A process that was started without it, by a timer or by `env -i`, looks where
    /// systems have their programs.
    static func folders(in environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    }
}
