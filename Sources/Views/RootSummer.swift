internal import Dispatch

/// Sums up what a batch changes of the views' roots on a thread of its own, while the sequencer writes the views' pages.
///
/// @unchecked Sendable: `batch` is set by the writer before the summing thread starts and after it is done; in between, that
/// thread alone touches the batch's `rootChanges`, and nobody changes what is summed up. The thread and the semaphore order
/// the two.
final class RootSummer: @unchecked Sendable {
    /// Fewer changed documents and streams are summed up sooner than a thread is woken.
    private static let worthAThread = 24
    private let thread = DispatchQueue(label: "annals.roots", qos: .userInitiated)
    private let done = DispatchSemaphore(value: 0)
    private var batch: Batch?

    /// Starts summing up, where that is worth a thread. To be followed by ``finish(_:)``; until then nothing of the batch's
    /// documents may change.
    func begin(_ batch: Batch) {
        guard batch.mode == .live, batch.entries.count >= Self.worthAThread else { return }
        self.batch = batch
        thread.async { [self] in
            self.batch?.sumRoots()
            done.signal()
        }
    }

    /// Waits until all is summed up, or does it here.
    func finish(_ batch: Batch) {
        guard self.batch != nil else { return batch.sumRoots() }
        done.wait()
        self.batch = nil
    }
}
