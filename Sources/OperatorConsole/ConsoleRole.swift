// What the console calls the roles of operators.

internal import Tokens

extension TokenScope {
    var role: String {
        switch self {
        case .look: "may look"
        case .operate: "operates"
        case .admin: "may do everything"
        }
    }
}
