// The name of this instance, by which its sessions with Postgres and its duties' locks show who they belong to.

import Foundation
import PostgresLedger

enum InstanceName {
    /// Of the machine and the process, so that a restart has another one.
    static let text = "\(ProcessInfo.processInfo.hostName.prefix(40)).\(getpid())"

    static var ofSessions: String { LedgerSessions.namePrefix + text }
}
