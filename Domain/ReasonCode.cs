namespace ProvingMarket.Domain;

/// <summary>Why something was refused, ended or penalised. Closed and never renumbered; the hundreds say which part of the market speaks.
/// Every code reaches the user it concerns.</summary>
public enum ReasonCode
{
    /// <summary>Nothing to explain.</summary>
    None = 0,

    // 1xx: the request itself

    /// <summary>A required field is missing or empty.</summary>
    FieldMissing = 100,
    /// <summary>A field has a form that is not allowed.</summary>
    FieldMalformed = 101,
    /// <summary>A field is longer or larger than its limit.</summary>
    FieldTooLarge = 102,
    /// <summary>A number is outside its range.</summary>
    OutOfRange = 103,
    /// <summary>The price ceiling is zero or negative.</summary>
    PriceNotPositive = 110,
    /// <summary>A deadline is not in the future.</summary>
    DeadlineInPast = 111,
    /// <summary>The hard deadline comes before the soft deadline.</summary>
    DeadlinesReversed = 112,
    /// <summary>A deadline is further away than the market plans.</summary>
    DeadlineTooFar = 113,
    /// <summary>The request id exists with another body.</summary>
    RequestIdConflict = 120,
    /// <summary>There is no request with this id.</summary>
    RequestUnknown = 121,
    /// <summary>The request has already ended.</summary>
    RequestEnded = 122,
    /// <summary>The requester cancelled.</summary>
    CancelledByRequester = 123,
    /// <summary>The request ended so long ago that its records have been deleted; its id stays used, and its money stays in the ledger.</summary>
    RequestForgotten = 124,

    // 2xx: accounts

    /// <summary>The account's available balance does not cover the amount.</summary>
    BalanceInsufficient = 200,
    /// <summary>The entry id was applied with another amount, kind or counterparty.</summary>
    EntryConflict = 201,
    /// <summary>There is no such hold.</summary>
    HoldUnknown = 202,
    /// <summary>More was to be captured than is held.</summary>
    HoldExceeded = 203,
    /// <summary>The amount is zero or negative.</summary>
    AmountNotPositive = 204,
    /// <summary>The hold's time has passed.</summary>
    HoldExpired = 205,
    /// <summary>The balance would exceed what can be represented.</summary>
    BalanceOverflow = 206,

    // 3xx: provers and the registry

    /// <summary>There is no such prover.</summary>
    ProverUnknown = 300,
    /// <summary>The prover's session is not the current one, or has lapsed.</summary>
    SessionUnknown = 301,
    /// <summary>All of the prover's slots are in use.</summary>
    SlotsFull = 302,
    /// <summary>The prover's free stake does not cover the bond.</summary>
    StakeInsufficient = 303,
    /// <summary>The prover does not serve this program or proof system.</summary>
    ProgramNotServed = 304,
    /// <summary>The prover lacks required hardware.</summary>
    HardwareMissing = 305,
    /// <summary>The requester's list excludes the prover.</summary>
    ProverExcluded = 306,
    /// <summary>The prover's stake is below the request's minimum.</summary>
    StakeBelowMinimum = 307,
    /// <summary>The prover is not connected, or is draining.</summary>
    ProverNotLive = 308,
    /// <summary>The reward is below the prover's ask.</summary>
    PriceBelowAsk = 309,
    /// <summary>The prover cannot finish before the deadline.</summary>
    DeadlineTooSoon = 310,
    /// <summary>The lease has already ended.</summary>
    LeaseEnded = 311,
    /// <summary>The lease's deadline has passed.</summary>
    LeaseDeadlinePassed = 312,
    /// <summary>The prover has no artefacts for the program.</summary>
    ArtefactsMissing = 313,
    /// <summary>The prover id is registered to another account.</summary>
    ProverIdConflict = 314,
    /// <summary>The bond asked for is above what the prover puts under one lease.</summary>
    BondAboveLimit = 315,
    /// <summary>The prover is paused after several leases missed in a row.</summary>
    ProverPaused = 316,
    /// <summary>The stake cannot leave yet: its delay is not over, or bonds need it.</summary>
    StakeUnbonding = 317,
    /// <summary>No stake is to leave, or has left, under this entry id.</summary>
    UnbondingUnknown = 318,
    /// <summary>The data was begun with another number of shards.</summary>
    LayoutConflict = 319,

    // 4xx: mechanisms and runs

    /// <summary>The request names no mechanism.</summary>
    MechanismMissing = 400,
    /// <summary>No mechanism has this name.</summary>
    MechanismUnknown = 401,
    /// <summary>The mechanism has no parameter of this name.</summary>
    ParameterUnknown = 402,
    /// <summary>A parameter's value is malformed or outside its range.</summary>
    ParameterInvalid = 403,
    /// <summary>The mechanism proves single statements and takes no batch.</summary>
    BatchNotServed = 404,
    /// <summary>The run has not been started.</summary>
    RunUnknown = 410,
    /// <summary>The run is over: it was won.</summary>
    RunWon = 411,
    /// <summary>The run is over: its deadline passed or it was cancelled.</summary>
    RunClosed = 412,
    /// <summary>The run has as many participants as it takes.</summary>
    RunFull = 413,
    /// <summary>The run key was started with another order.</summary>
    RunOrderConflict = 414,
    /// <summary>A valid proof arrived and won.</summary>
    Won = 420,
    /// <summary>Another prover won first.</summary>
    Outraced = 421,
    /// <summary>The hard deadline passed and nobody had ever held the work: who bid, or was called, has not taken it yet.</summary>
    NobodyJoined = 422,
    /// <summary>The hard deadline passed; provers had held the work, none delivered.</summary>
    NobodyDelivered = 423,
    /// <summary>The lease was missed: no valid proof by the deadline.</summary>
    LeaseMissed = 424,
    /// <summary>The prover did not take up the lease that was reserved for it within the time it had to answer.</summary>
    LeaseLapsed = 425,
    /// <summary>The prover's proof has been accepted; it has nothing more to do in this run.</summary>
    ProofDelivered = 426,
    /// <summary>The run takes only provers that were elected, and this one was not, or not yet.</summary>
    NotElected = 427,

    /// <summary>The hard deadline passed; some statements of the batch were proved, and are paid, but not all.</summary>
    BatchIncomplete = 428,
    /// <summary>A valid proof of this statement was delivered by somebody else before.</summary>
    StatementDelivered = 429,

    // 43x: sealed bids

    /// <summary>The bid came after the bidding had closed.</summary>
    BiddingClosed = 430,
    /// <summary>Bids cannot be revealed before the bidding has closed.</summary>
    RevealNotOpen = 431,
    /// <summary>The bid was revealed after the time for it.</summary>
    RevealClosed = 432,
    /// <summary>The prover has not bid in this auction.</summary>
    CommitmentMissing = 433,
    /// <summary>The prover has sealed another bid in this auction; the first one stands.</summary>
    CommitmentConflict = 434,
    /// <summary>The revealed bid is not the one that was sealed.</summary>
    CommitmentMismatch = 435,
    /// <summary>The revealed bid was made for another auction.</summary>
    BidForAnotherAuction = 436,
    /// <summary>The revealed bid was made by another prover.</summary>
    BidOfAnotherProver = 437,
    /// <summary>The price is above what the requester pays at most.</summary>
    BidAboveReserve = 438,
    /// <summary>The sealed bid was not revealed in time.</summary>
    BidNotRevealed = 439,
    /// <summary>Another bid was better.</summary>
    Outbid = 440,
    /// <summary>There were sealed bids, but none that was revealed and could be accepted.</summary>
    NoBidAccepted = 442,
    /// <summary>The run has not been awarded to this prover, or not yet.</summary>
    NotAwarded = 443,

    // 444–449: committees

    /// <summary>The statement is not one of those that the prover has been given.</summary>
    StatementNotAssigned = 444,
    /// <summary>The run has no statement of this number.</summary>
    StatementUnknown = 445,
    /// <summary>Too few provers can take part to fill the committee.</summary>
    CommitteeIncomplete = 446,

    // 45x: locks

    /// <summary>Another prover holds the lock.</summary>
    LockHeld = 450,

    // 46x: the order book

    /// <summary>There is no such ask.</summary>
    AskUnknown = 460,
    /// <summary>The ask belongs to another prover.</summary>
    AskNotOwned = 461,
    /// <summary>There is an ask with this id; replace it instead.</summary>
    AskConflict = 462,
    /// <summary>The prover has as many asks as it may.</summary>
    AsksFull = 463,
    /// <summary>The book has as many asks as it takes.</summary>
    BookFull = 464,
    /// <summary>No ask in the book meets the order.</summary>
    NothingMatches = 465,
    /// <summary>The order id was used for an order with other terms.</summary>
    OrderConflict = 466,
    /// <summary>A later command of the same prover has been carried out; this one came too late.</summary>
    CommandStale = 467,
    /// <summary>The order has been released, or its time is over; it fills nothing any more.</summary>
    OrderEnded = 468,

    // 5xx: programs and proofs

    /// <summary>There is no such program.</summary>
    ProgramUnknown = 500,
    /// <summary>The proof system is not known.</summary>
    ProofSystemUnknown = 501,
    /// <summary>The verification key is unusable.</summary>
    VerificationKeyInvalid = 502,
    /// <summary>The number of public inputs is not what the key takes.</summary>
    PublicInputCount = 503,
    /// <summary>A public input is malformed or not canonical.</summary>
    PublicInputInvalid = 504,
    /// <summary>The proof is malformed.</summary>
    ProofMalformed = 510,
    /// <summary>The proof does not verify.</summary>
    ProofInvalid = 511,
    /// <summary>The proof is for other public inputs than the request's. It is refused and costs nothing: the lease stays as it is.</summary>
    ProofForAnotherRequest = 512,
    /// <summary>The proof came after the hard deadline.</summary>
    ProofLate = 513,
    /// <summary>The prover holds no lease for this run.</summary>
    LeaseMissing = 514,
    /// <summary>The proof is larger than its limit.</summary>
    ProofTooLarge = 515,
    /// <summary>The request has no proof (yet).</summary>
    ProofNotAvailable = 516,

    // 6xx: a prover's own failures, told by its worker

    /// <summary>The backend could not produce a proof.</summary>
    ProvingFailed = 600,
    /// <summary>The worker is shutting down.</summary>
    WorkerDraining = 601,
    /// <summary>The prover says that nobody can prove this: the input does not satisfy the program, or gives other public inputs than the request's. Whether that is so
    /// is known when the request has ended.</summary>
    InputRejected = 602,
}
