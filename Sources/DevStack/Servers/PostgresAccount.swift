// Postgres refuses to run as root, and other users cannot enter a clone under root's home. This file chooses the user
// that Postgres runs as.

import FoundationEssentials
import Glibc

enum PostgresAccount: Hashable, Sendable {
    /// As the user of this process, if that is not root.
    case caller
    /// As root, in a user namespace where root's id is 1000, so that no file changes its owner. A namespace for System
    /// V shared memory comes with it, so that a segment of a killed Postgres ends with its last process.
    case userNamespace
    /// As the package's user `postgres`, if a container forbids user namespaces.
    case packageUser(uid_t, gid_t)

    /// The account that works here.
    static func current() async throws -> PostgresAccount {
        guard geteuid() == 0 else { return .caller }
        let (ours, theirs) = try Channel.pair()
        defer { ours.close() }
        let probe = try ChildProcess(
            PostgresAccount.userNamespace.prefix + ["true"], input: theirs.descriptor, output: "/dev/null")
        if await probe.end(within: .seconds(5)) == 0 { return .userNamespace }
        guard let user = getpwnam("postgres") else {
            throw DevStackError(
                .programMissing,
                "Postgres does not run as root, and there is neither a user namespace nor a user `postgres`.")
        }
        return .packageUser(user.pointee.pw_uid, user.pointee.pw_gid)
    }

    /// The words before the command.
    var prefix: [String] {
        switch self {
        case .caller: []
        case .userNamespace: ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--ipc", "--"]
        case .packageUser(let user, let group):
            ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"]
        }
    }

    /// Gives a path to the user that Postgres runs as, if that is another one.
    func own(_ path: String) throws(DevStackError) {
        guard case .packageUser(let user, let group) = self else { return }
        guard chown(path, user, group) == 0 else { throw .system("\(path) cannot be given to user postgres", errno) }
    }
}
