/*
 * Two schedulers, one database, one lease: who leads, what a leader may write that was frozen, and what becomes of a run between them.
 *
 * One host, one line, and of the release protocol only what two schedulers could do twice; release.pml has the rest. Every option of a loop
 * is one indivisible step, and whoever takes none for as long as it likes is frozen: so everybody may be, at any point, and come back.
 * What either believes of its own term by its own clock is left out: it believes in its term until it hears of another. A message once recorded
 * may be taken at any later time or never, so that it does not matter how long after its record a frozen leader sends it.
 *
 * Sizes (-D): TERMS, TOKENS (tries in all), NONCES (which may be open at once).
 * Checks (-D): CHECK=n leaves only invariant In in, CHECK=0 only L1. Mutants (-D): MUTANT_..., see README.md.
 */

#ifndef TERMS
#define TERMS 3
#endif
#ifndef TOKENS
#define TOKENS 2
#endif
#ifndef NONCES
#define NONCES 2
#endif

#define BIT(n) (1 << (n))

/* ---- The invariants. L1: what is written is written by whoever has the lease, in its own term. ---- */

hidden byte i;
bool I1 = true, I3 = true, I5 = true, I9 = true, L1 = true;

#ifdef CHECK
#define REQUIRE(number, invariant, condition) if :: number == CHECK && !(condition) -> invariant = false :: else fi; assert(invariant)
#else
#define REQUIRE(number, invariant, condition) if :: !(condition) -> invariant = false :: else fi; assert(invariant)
#endif

/* ---- The line, and its controller. It may run whenever nobody holds it. ---- */

byte heldBy;
byte highestSeen;

/* ---- The network: bits by token; permits carry the nonce that they answer. ---- */

byte holdAsked, holdReply, freeAsked, freeReply, ended;
byte permitNonce[TOKENS + 1];   /* 0: no permit with this token is on record */

/* ---- The agent. ---- */

mtype = { Ready, Taken, Acting };

mtype phase = Ready;
byte highest;                   /* durable */
byte mine;
byte nonces;                    /* made so far */
byte dead;                      /* bits of nonces whose lifetime is over */

#define ALIVE(n) ((n) != 0 && !(dead & BIT(n)))
#define LIVES(t) (permitNonce[t] != 0 && ((ALIVE(permitNonce[t]) && highest < (t)) || mine == (t)))

/* ---- The database. ---- */

mtype = { Armed, Held, Released, Quarantined };  /* Released, from the permit on, also while the agent acts */

byte term;                      /* the lease's epoch: counts terms */
bool leased;                    /* by the database's clock */
byte ledger;                    /* tokens are its indexes: no index is given twice, whoever asks */
mtype state = Armed;
byte token;
byte nonce;
byte freeing;                   /* token of a hold that is to end; 0 when none is */

/* ---- What each scheduler has in memory, read when its term began and written since by itself. ---- */

byte acting[2];                 /* the term that it acts in; 0: it follows */
bool inside[2];                 /* in a transaction, whose first statement asked for the lease's row, and holds it */
mtype itsState[2] = Armed;
byte itsToken[2];
byte itsNonce[2];
byte itsFreeing[2];
bool attends[2];                /* the try began in this term: another's is given up */
byte used[2];                   /* nonces that it has answered */

/* ---- The rules that mutants break. ---- */

#ifdef MUTANT_TERM              /* a transaction does not ask whether the term lasts */
#define MAY_BEGIN(s) true
#define MAY_BE_TAKEN true
#else
#define MAY_BEGIN(s) (leased && term == acting[s])
#ifdef MUTANT_LOCK              /* it asks at its beginning, and the lease may be taken before its end */
#define MAY_BE_TAKEN true
#else
#define MAY_BE_TAKEN (!inside[0] && !inside[1])
#endif
#endif

inline reads(s)
{
#ifdef MUTANT_REREAD            /* what was remembered of an earlier term counts in this one */
    if
    :: itsToken[s] == 0 ->
        itsState[s] = state; itsToken[s] = token; itsNonce[s] = nonce; itsFreeing[s] = freeing; attends[s] = false; used[s] = 0
    :: else
    fi
#else
    itsState[s] = state; itsToken[s] = token; itsNonce[s] = nonce; itsFreeing[s] = freeing; attends[s] = false; used[s] = 0
#endif
}

inline forgets(s)
{
    acting[s] = 0;
    inside[s] = false;
#ifndef MUTANT_REREAD
    itsState[s] = Armed; itsToken[s] = 0; itsNonce[s] = 0; itsFreeing[s] = 0; attends[s] = false; used[s] = 0
#endif
}

/* What it decided from its memory becomes the record, in the transaction that it has open. */
inline commits(s)
{
    REQUIRE(0, L1, term == acting[s]);
    state = itsState[s]; token = itsToken[s]; nonce = itsNonce[s]; freeing = itsFreeing[s];
    inside[s] = false
}

inline lets_go(s, next)
{
    itsState[s] = next; itsFreeing[s] = itsToken[s]; itsToken[s] = 0; itsNonce[s] = 0;
    freeAsked = freeAsked | BIT(itsFreeing[s])
}

/* ---- A scheduler. ---- */

#define INTENDS(s, n) (inside[s] && itsState[s] == Armed && itsFreeing[s] == 0 && ledger < TOKENS && nonces >= (n) && !(used[s] & BIT(n)))

inline intend(s, n)
{
    used[s] = used[s] | BIT(n);
    ledger++;
    itsToken[s] = ledger; itsNonce[s] = n; itsState[s] = Held; attends[s] = true;
    commits(s);
    holdAsked = holdAsked | BIT(token)
}

/* It may be told late that a line is held for a token that it knows nothing of any more. */
#define UNWANTED(s, t) ((holdReply & BIT(t)) && !(freeAsked & BIT(t)) && itsToken[s] != (t))

proctype Scheduler(byte s)
{
end:
    do
       /* The lease is free: one statement takes it, and everything is read anew. */
    :: d_step { acting[s] == 0 && !leased && term < TERMS && MAY_BE_TAKEN -> term++; leased = true; acting[s] = term; reads(s) }
       /* It hears that its term is over, or is started again; what it had open is rolled back. */
    :: d_step { acting[s] != 0 -> if :: term == acting[s] && leased -> leased = false :: else fi; forgets(s) }

    :: d_step { acting[s] != 0 && !inside[s] && MAY_BEGIN(s) -> inside[s] = true }
       /* The server ends a transaction that stands still. */
    :: inside[s] -> inside[s] = false

    :: d_step { INTENDS(s, 1) -> intend(s, 1) }
    :: d_step { INTENDS(s, NONCES) -> intend(s, NONCES) }
       /* The line is held, and was read after that. */
    :: d_step { inside[s] && itsState[s] == Held && attends[s] && (holdReply & BIT(itsToken[s])) ->
        itsState[s] = Released;
        commits(s);
        for (i : 1 .. TOKENS) {
            REQUIRE(5, I5, i == token || !LIVES(i))
        };
        REQUIRE(5, I5, permitNonce[token] == 0);
        permitNonce[token] = nonce
       }
    :: d_step { inside[s] && itsState[s] == Held -> lets_go(s, Armed); commits(s) }
       /* A heartbeat from after the permit's end tells that it came to nothing; the agent tells how a run ended; or nobody tells anything. */
    :: d_step { inside[s] && itsState[s] == Released && !ALIVE(itsNonce[s]) && highest < itsToken[s] -> lets_go(s, Armed); commits(s) }
    :: d_step { inside[s] && (itsState[s] == Released || itsState[s] == Quarantined) && (ended & BIT(itsToken[s])) -> lets_go(s, Armed); commits(s) }
    :: d_step { inside[s] && itsState[s] == Released -> itsState[s] = Quarantined; commits(s) }
       /* People look at the host and sign. */
    :: d_step { inside[s] && itsState[s] == Quarantined && !LIVES(itsToken[s]) -> lets_go(s, Armed); commits(s) }
    :: d_step { inside[s] && itsFreeing[s] != 0 && (freeReply & BIT(itsFreeing[s])) -> itsFreeing[s] = 0; commits(s) }
#ifdef MUTANT_WORD              /* a line that nobody wants is freed without a record of it */
    :: d_step { acting[s] != 0 && UNWANTED(s, 1) -> freeAsked = freeAsked | BIT(1) }
    :: d_step { acting[s] != 0 && UNWANTED(s, TOKENS) -> freeAsked = freeAsked | BIT(TOKENS) }
#else
    :: d_step { inside[s] && UNWANTED(s, 1) -> commits(s); freeAsked = freeAsked | BIT(1) }
    :: d_step { inside[s] && UNWANTED(s, TOKENS) -> commits(s); freeAsked = freeAsked | BIT(TOKENS) }
#endif
    od
}

/* A term ends when the database's clock says so. */
proctype Clock()
{
end:
    do
    :: leased -> leased = false
    od
}

/* ---- What gateways carry to the line's controller, for one token, at any time. ---- */

proctype Carrier(byte t)
{
end:
    do
    :: d_step { (holdAsked & BIT(t)) && heldBy == 0 && t > highestSeen -> heldBy = t; highestSeen = t; holdReply = holdReply | BIT(t) }
    :: d_step { (freeAsked & BIT(t)) && !(freeReply & BIT(t)) ->
        if
        :: heldBy == t ->
            REQUIRE(9, I9, !LIVES(t));
            heldBy = 0;
            REQUIRE(1, I1, phase != Acting)
        :: else
        fi;
        if :: highestSeen < t -> highestSeen = t :: else fi;
        freeReply = freeReply | BIT(t)
       }
    od
}

/* ---- The agent on the host. ---- */

#define ACCEPTS(t) (phase == Ready && ALIVE(permitNonce[t]) && (t) > highest)

inline accept(t)
{
    REQUIRE(3, I3, t > highest);
    highest = t; mine = t; phase = Taken
}

inline over()
{
    phase = Ready; ended = ended | BIT(mine); mine = 0
}

proctype Agent()
{
end:
    do
    :: d_step { phase == Ready && nonces < NONCES -> nonces++ }
    :: nonces >= 1 && ALIVE(1) -> dead = dead | BIT(1)
    :: nonces >= NONCES && ALIVE(NONCES) -> dead = dead | BIT(NONCES)
    :: d_step { ACCEPTS(1) -> accept(1) }
    :: d_step { ACCEPTS(TOKENS) -> accept(TOKENS) }
    :: d_step { phase == Taken ->
        if
        :: ALIVE(permitNonce[mine]) ->
            REQUIRE(1, I1, heldBy == mine);
            phase = Acting
        :: else -> over()
        fi
       }
    :: d_step { phase == Acting -> over() }
    od
}

init {
    atomic {
        run Scheduler(0);
        run Scheduler(1);
        run Clock();
        run Agent();
        run Carrier(1);
        run Carrier(TOKENS)
    }
}
