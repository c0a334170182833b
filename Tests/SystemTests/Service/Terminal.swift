// A terminal for a process under test, by the program `script` of util-linux.

import Foundation

enum Terminal {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

    /// For `ServiceProcess`: starts the program on a terminal of this size. The terminal ends if the process is killed.
    static func shell(columns: Int = 80, rows: Int = 24) -> String {
        #"exec script -qefc "stty cols \#(columns) rows \#(rows); exec $*" /dev/null > "$out" 2> "$err""#
    }
}
