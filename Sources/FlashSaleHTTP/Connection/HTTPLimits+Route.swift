// Which routes may take longer than the others.

extension HTTPLimits {
    /// The time that a request of the route may take beyond the request timeout.
    func extraTime(of route: Route) -> Duration {
        switch route {
        case .adminSales, .adminSale, .adminSaleItem, .adminSaleAct, .adminRefund: operatorTimeout
        case .profile: profileTimeout
        case .console(let path): path.extraTime(self)
        default: .zero
        }
    }
}
