import Backups
public import EventLog
import LMDB
import Platform
import Schema
import Views

/// The views of a restored store beside what the backup says that they were at that position.
public struct ViewComparison: Sendable {
    public struct Difference: Sendable {
        /// The collection's.
        public let name: String
        /// What the backup says.
        public let expected: Digest32
        /// What the log makes of it here.
        public let found: Digest32
    }

    /// How many were compared.
    public let compared: Int
    public let differing: [Difference]
    /// Views whose declaration is another one here, or is not known here: their roots say nothing.
    public let notCompared: [String]

    init(_ kept: [BackupManifest.View], _ found: [BackupManifest.View]) {
        let ours = Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
        var differing: [Difference] = []
        var notCompared: [String] = []
        for view in kept {
            guard let own = ours[view.name], own.fingerprint == view.fingerprint else {
                notCompared.append(view.name)
                continue
            }
            if own.root != view.root {
                differing.append(Difference(name: view.name, expected: view.root, found: own.root))
            }
        }
        compared = kept.count - notCompared.count
        self.differing = differing
        self.notCompared = notCompared
    }
}

extension ViewSnapshot {
    /// Every view that serves: by which declaration it was made, and its root.
    func viewsForBackup() throws(LMDBError) -> [BackupManifest.View] {
        var views: [BackupManifest.View] = []
        for model in store.catalogue.collections {
            let fingerprint = try fingerprint(of: model)
            // A placement that was cut short names no declaration.
            guard fingerprint.count == Digest32.byteCount else { continue }
            views.append(
                BackupManifest.View(
                    name: model.name, fingerprint: fingerprint.withUnsafeBytes { Digest32($0) },
                    root: try root(of: model)))
        }
        return views
    }
}

extension Store {
    /// The same of a directory that nobody has open: none where they are not as far as the log, or not to be trusted.
    static func viewsForBackup(
        _ directory: String, _ collections: [any Collection.Type], _ options: StoreOptions, at position: UInt64
    ) throws(StoreError) -> [BackupManifest.View] {
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections, versionInterval: options.versionInterval) } catch {
            throw .catalogue(error)
        }
        do throws(FileError) {
            guard try options.fileSystem.exists(StoreOpening.dataFile(directory)) else { return [] }
        } catch { throw .file(error) }
        guard try StoreOpening(directory: directory, catalogue: catalogue, options: options).objection() == nil
        else { return [] }
        var reading = options.views
        reading.readOnly = true
        do throws(LMDBError) {
            let views = try ViewStore(
                directory: directory + "/views", catalogue: catalogue, options: reading, fileSystem: options.fileSystem)
            let snapshot = try views.snapshot()
            return snapshot.position == position ? try snapshot.viewsForBackup() : []
        } catch {
            switch error.kind {
            // Without the tables of a new collection, or no file of LMDB's: a backup of the log does not fail of it.
            case .notFound, .corrupted, .invalid: return []
            default: throw .views(error)
            }
        }
    }
}
