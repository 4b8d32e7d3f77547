import Annals
import AnnalsClient
import ArgumentParser
import EventLog
import Glibc
import LMDB
import Platform
import Proofs
import Query
import Views

/// What ends a command early: a sentence for people and an exit code after sysexits.h.
struct Failure: Error {
    let code: ExitCode
    let message: String

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What an error of the layers below means for a program's caller; nil for what ArgumentParser itself has to say.
    init?(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case is BrokenPipe: self.init(.success, "")
        case let error as StoreError: self.init(Self.code(error), "\(error)")
        case let error as QueryError:
            if case .storage = error.kind { self.init(.inputOutput, "\(error)") } else { self.init(.usage, "\(error)") }
        case let error as PastError: self.init(Self.code(error), "\(error)")
        case let error as SupposingError: self.init(Self.code(error), "\(error)")
        case let error as ClientError: self.init(Self.code(error), "\(error)")
        case let error as AppendError: self.init(.unavailable, "\(error)")
        case is Inflater.Damaged, is LineReader.TooLong: self.init(.badData, "\(error)")
        case let error as CheckpointError: self.init(Self.code(error), "\(error)")
        case let error as ReadTrailError: self.init(Self.code(error), "\(error)")
        case let error as ProofError: self.init(.badData, "\(error)")
        case let error as ParkingError: self.init(Self.code(error), "\(error)")
        case let error as APIKeyFile.Failure: self.init(Self.code(error), "\(error)")
        case let error as FileError: self.init(Self.code(error), "\(error)")
        case let error as LogError: self.init(.inputOutput, "\(error)")
        case let error as LMDBError: self.init(.inputOutput, "\(error)")
        case let error as ReplayError: self.init(Self.code(error), "\(error)")
        case is ExitCode, is CleanExit, is ValidationError: return nil
        default:
            // ArgumentParser's errors of parsing have no public type.
            if "\(type(of: error))" == "CommandError" { return nil }
            self.init(.software, "\(error)")
        }
    }

    private static func code(_ error: StoreError) -> ExitCode {
        switch error {
        case .inUse: .temporary
        case .catalogue: .software
        case .replay(let error): code(error)
        case .notFound: .noInput
        case .interrupted: .temporary
        case .rebuild(.underway): .temporary
        case .rebuild: .unavailable
        case .secret(.busy): .temporary
        case .secret: .unavailable
        case .unsafeFileSystem: .configuration
        case .file(let error): code(error)
        case .checkpoint(let error): code(error)
        case .backup(let error): code(error)
        case .log, .views, .keys: .inputOutput
        }
    }

    private static func code(_ error: SupposingError) -> ExitCode {
        switch error {
        case .noEvent: .noInput
        case .otherType: .usage
        case .refused: .badData
        case .store(let error): code(error)
        }
    }

    private static func code(_ error: PastError) -> ExitCode {
        switch error {
        case .folding, .busy, .interrupted, .closed: .temporary
        case .tooSlow, .tooLarge: .unavailable
        case .diskFull, .views: .inputOutput
        case .file(let error): code(error)
        case .replay(let error): code(error)
        }
    }

    private static func code(_ error: CheckpointError) -> ExitCode {
        switch error {
        case .file(let error): code(error)
        case .unreadable, .tooLarge, .note, .rewritten: .badData
        case .key: .configuration
        case .log, .views: .inputOutput
        case .empty, .beyondEnd: .noInput
        }
    }

    private static func code(_ error: ReadTrailError) -> ExitCode {
        switch error {
        case .file(let error): code(error)
        case .missing: .noInput
        case .full, .closed: .temporary
        case .unwritten, .log: .inputOutput
        }
    }

    private static func code(_ error: BackupError) -> ExitCode {
        switch error {
        case .file(let error): code(error)
        case .log, .keys, .views: .inputOutput
        case .inUse: .temporary
        case .notEmpty: .cannotCreate
        case .missing, .beyondEnd, .beforeStart: .noInput
        case .damaged, .unknownFormat, .otherLog, .diverged, .logIsShorter, .notEqual: .badData
        case .noMasterKey: .configuration
        case .cancelled: .temporary
        }
    }

    private static func code(_ error: ClientError) -> ExitCode {
        switch error {
        case .badURL: .usage
        case .unreachable, .badAnswer: .unavailable
        case .problem(let problem):
            switch problem.status {
            // As a directory says of the same.
            case _ where ["as-of", "no-document", "no-event", "not-parked"].contains(problem.name): .noInput
            case 400, 404, 422: .usage
            case 401, 403: .noPermission
            case 429, 503: .temporary
            case 409 where problem.name == "backup-running": .temporary
            case 409 where problem.name.hasPrefix("backup-"): .badData
            default: .unavailable
            }
        }
    }

    private static func code(_ error: ReplayError) -> ExitCode {
        switch error {
        case .log, .views, .keys: .inputOutput
        case .fold: .software
        case .stopped: .temporary
        }
    }

    private static func code(_ error: ParkingError) -> ExitCode {
        switch error {
        case .notFound: .noInput
        case .full: .unavailable
        case .damaged: .badData
        case .file(let error): code(error)
        }
    }

    private static func code(_ error: APIKeyFile.Failure) -> ExitCode {
        switch error {
        case .damaged: .badData
        case .notFound: .noInput
        case .badName, .noScopes: .usage
        case .busy: .temporary
        case .file(let error): code(error)
        }
    }

    private static func code(_ error: FileError) -> ExitCode {
        if error.errno == EACCES || error.errno == EPERM { return .noPermission }
        return error.operation == "make directory" ? .cannotCreate : .inputOutput
    }
}

extension ExitCode {
    static let usage = ExitCode(64)
    static let badData = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let software = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let inputOutput = ExitCode(74)
    static let temporary = ExitCode(75)
    static let noPermission = ExitCode(77)
    static let configuration = ExitCode(78)
}
