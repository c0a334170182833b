// A mistyped flag, and the one that it may stand for.

import Textbook

extension Failure {
    /// Nothing takes this flag.
    ///
    /// - Parameter help: that of the command, whose own options may be near. Without it, only settings are.
    static func unknown(_ flag: some StringProtocol, help: String = "") -> Failure {
        let words = help.split { !$0.isLetter && $0 != "-" }
        let options = words.filter { $0.hasPrefix("--") }.map(String.init)
        let near = (options + Setting.all.map(\.flag))
            .map { (flag: $0, distance: EditDistance.between(flag, and: $0)) }
            .min { $0.distance < $1.distance }
        var failure = Failure("there is no option \(flag); the command's --help lists those that there are")
        if let near, near.distance <= 2 {
            failure = Failure("there is no option \(flag). Did you mean \(near.flag)?")
        }
        failure.unknownFlag = String(flag)
        return failure
    }
}
