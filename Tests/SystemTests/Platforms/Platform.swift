// What this machine lets a test do.

import Foundation

enum Platform {
    /// Whether a process may have mounts of its own.
    static let mayMount = mayRun("unshare --mount --map-root-user true")

    /// Whether a shell script ends well.
    static func mayRun(_ script: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "{ \(script); } 2> /dev/null"]
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
