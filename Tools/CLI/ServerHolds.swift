import Annals
import AnnalsClient
import Synchronization

/// Has the server that a directory is open in hold snapshots, and renews them, while this process reads the files.
final class ServerHolds: SnapshotKeeping {
    private struct State {
        var held: [SnapshotHolds.Subject: (hold: String, until: ContinuousClock.Instant)] = [:]
        var lost: String?
    }

    private let client: AnnalsClient
    private let state = Mutex(State())
    private let renewing = Mutex<Task<Void, Never>?>(nil)
    private static let renewalSeconds = 5

    init(_ client: AnnalsClient) {
        self.client = client
        let task = Task.detached { [weak self] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(Self.renewalSeconds)) } catch { return }
                await self?.renew()
            }
        }
        renewing.withLock { $0 = task }
    }

    deinit { renewing.withLock { $0?.cancel() } }

    func hold(_ subject: SnapshotHolds.Subject) throws(StoreError) {
        let asked = ContinuousClock.now
        do {
            let (hold, seconds) = try Waiting.run { [client] in try await client.hold(of: subject.rawValue) }
            state.withLock { $0.held[subject] = (hold, asked + .seconds(seconds)) }
        } catch { throw .interrupted("the server holds no snapshot of the \(subject) (\(error))") }
    }

    func release(_ subject: SnapshotHolds.Subject) {
        guard let held = state.withLock({ $0.held.removeValue(forKey: subject) }) else { return }
        do { try Waiting.run { [client] in try await client.release(hold: held.hold) } } catch {
            lose("\(error)")
        }
    }

    func check() throws(StoreError) {
        let late = state.withLock { state in state.held.values.contains { $0.until < .now } }
        guard let reason = state.withLock({ $0.lost }) ?? (late ? "this process stood still" : nil) else { return }
        throw .interrupted("the server did not hold its snapshots all the while (\(reason))")
    }

    private func lose(_ reason: String) { state.withLock { $0.lost = $0.lost ?? reason } }

    private static func isRefusal(_ error: any Error) -> Bool {
        if case .problem? = error as? ClientError { true } else { false }
    }

    private func renew() async {
        for (subject, held) in state.withLock({ Array($0.held) }) {
            let asked = ContinuousClock.now
            if held.until < asked { lose("this process stood still") }
            do {
                try await client.renew(hold: held.hold)
                state.withLock { state in
                    guard state.held[subject]?.hold == held.hold else { return }
                    state.held[subject]?.until = asked + .seconds(SnapshotHolds.seconds)
                }
            } catch {
                // One that was released meanwhile is not missed. A server that is slow to answer holds it all the same, as long as
                // that was said: `until` tells.
                guard Self.isRefusal(error) else { continue }
                if state.withLock({ $0.held[subject]?.hold }) == held.hold { lose("\(error)") }
            }
        }
    }
}
