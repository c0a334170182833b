import ArgumentParser
import Configuration
import FlashSaleHTTP
import Hummingbird
import ServiceLifecycle
@main struct FlashSaleCommand: AsyncParsableCommand { func run() async throws {} }
