import Glibc
import Platform
import Synchronization

/// Random bytes that two imports of one stream draw alike, however often one of them died.
///
/// Until `begin`, every draw gives the same bytes: what opening draws depends on what is there already. From then on the
/// thread that made this, which admits events one after the other, has one sequence; other threads draw nonces and keys,
/// whose order depends on batches, and get the system's.
final class RepeatableRandomness: Sendable {
    private let seed: UInt64
    private let admitting = pthread_self()
    private let admission: Mutex<Randomness?>

    init(seed: UInt64) {
        self.seed = seed
        admission = Mutex(nil)
    }

    func begin() {
        let sequence = Randomness.seeded(seed)
        admission.withLock { $0 = sequence }
    }

    var randomness: Randomness {
        Randomness { [self] buffer in
            guard let sequence = admission.withLock({ $0 }) else { return Randomness.seeded(seed).fill(buffer) }
            (pthread_equal(pthread_self(), admitting) != 0 ? sequence : .system).fill(buffer)
        }
    }
}
