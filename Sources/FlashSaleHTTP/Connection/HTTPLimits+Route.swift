// Which routes may take longer than the others.

extension HTTPLimits {
    /// What a request of the route may take beyond the time that any request has.
    func extraTime(of route: Route) -> Duration {
        switch route {
        case .adminSales: creationTimeout
        case .profile: profileTimeout
        default: .zero
        }
    }
}
