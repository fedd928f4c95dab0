/*
 * The release protocol: scheduler, agents, gateways, line controllers, and people.
 *
 * Every option of every loop below is one indivisible step; between any two of them everybody else may act, and anybody may crash.
 * The network is a set: what was sent stays in it and may be taken late, twice, in any order, or never, so that loss, duplication,
 * reordering and delay need no steps of their own. Only what a durable record says survives a crash.
 *
 * Sizes (-D): HOSTS, LINES, TOKENS (tries in all), NONCES (per host), EDGES (go-aheads asked per run).
 * Who serves what (-D): one host serves every line; of two hosts each has its own, or both the same ones (SHARED_LINE), or none, but
 * each carries one of the two paths of a critical tag (COVERAGE); or the first serves the first line and the second both (OVERLAP).
 * COARSE (-D) leaves states out of which nothing here can tell the difference; see README.md.
 * Faults (-D): CRASHES and AGENT_CRASHES, how often the scheduler and each agent may crash.
 * Checks (-D): CHECK=n leaves only invariant In in. Mutants (-D): MUTANT_..., see README.md.
 */

#ifndef HOSTS
#define HOSTS 1
#endif
#ifndef LINES
#define LINES 2
#endif
#ifndef TOKENS
#define TOKENS 2
#endif
#ifndef NONCES
#define NONCES 2
#endif
#ifndef EDGES
#define EDGES 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef AGENT_CRASHES
#define AGENT_CRASHES CRASHES
#endif

#if HOSTS == 1
#define SERVES(h, l) (true)
#define RIVALS(a, b) (false)
#elif defined(COVERAGE)
#define SERVES(h, l) (false)
#define RIVALS(a, b) (false)
#elif defined(SHARED_LINE)
#define SERVES(h, l) (true)
#define RIVALS(a, b) (true)
#elif defined(OVERLAP)
#define SERVES(h, l) ((h) == 1 || (l) == 0)
#define RIVALS(a, b) (true)
#else
#define SERVES(h, l) ((h) == (l))
#define RIVALS(a, b) (false)
#endif

/* ---- The invariants. Each keeps its name in the checker's report. ---- */

hidden byte i;                   bool I1 = true, I2 = true, I3 = true, I4 = true, I5 = true, I6 = true, I7 = true, I8 = true, I9 = true, I11 = true;

#ifdef CHECK
#define REQUIRE(number, invariant, condition) if :: number == CHECK && !(condition) -> invariant = false :: else fi; assert(invariant)
#else
#define REQUIRE(number, invariant, condition) if :: !(condition) -> invariant = false :: else fi; assert(invariant)
#endif

/* ---- The equipment: what is true, whoever knows it. ---- */

bool running[LINES];            /* a batch runs */
byte heldBy[LINES];             /* token with which the controller refuses a start; 0 is free */
byte highestSeen[LINES];        /* a request must be higher */

/* ---- The network. Lines, nonces and phases are bits; messages are told apart by the token that they carry. ---- */

#define BIT(n) (1 << (n))

byte holdAsked[TOKENS + 1];     /* HoldRequest Hold, by line */
byte holdGranted[TOKENS + 1];   /* a gateway was told so by the controller, and has not answered yet, by line */
byte holdReply[TOKENS + 1];     /* HoldReply: granted, and read as idle after that, by line */
byte freeAsked[TOKENS + 1];     /* HoldRequest Release, by line */
byte freeReply[TOKENS + 1];     /* HoldReply to it, by line */
byte permitAsked[HOSTS];        /* PermitRequest, by nonce */
bool permitSent[TOKENS + 1];    /* Permit with this token; its host and its nonce: */
byte permitHost[TOKENS + 1];
byte permitNonce[TOKENS + 1];
byte edgeAsked[TOKENS + 1];     /* GoAheadRequest, by nonce */
byte edgeGranted[TOKENS + 1];   /* GoAhead, by nonce */
byte progress[TOKENS + 1];      /* RunProgress, by phase */
bool acknowledged[TOKENS + 1];  /* ProgressAcknowledged of the final one */
byte beatToken[HOSTS];          /* AgentStatus: highest token, and the last nonce that was dead when it was sent */
byte beatDead[HOSTS];

/* Phases of progress */
#define ACCEPTED  1
#define SUCCEEDED 2
#define UNDONE    4             /* rolled back, or stopped before anything was done */
#define UNSURE    8

/* ---- The scheduler. Durable unless it says otherwise; one record per host, of its latest try. ---- */

mtype = { Armed, Held, Released, Executing, Verifying, Done, Aborted, Expired, Quarantined };
mtype = { Free, Asked, Granted, Releasing };

byte ledger;                    /* highest index used for an intent: tokens are never reused */
mtype state[HOSTS] = Armed;
byte token[HOSTS];              /* 0 while it waits */
byte nonce[HOSTS];              /* the nonce that the permit answers */
mtype hold[HOSTS * LINES] = Free;
byte holdToken[HOSTS];          /* with which its lines are or may be held; 0 when none is */
byte known[HOSTS];              /* phases taken in */
byte signatures[HOSTS];         /* of people who settle it */
bool stopWanted[HOSTS];
bool attended[HOSTS];           /* volatile: this process has asked for the holds itself */
byte noncesUsed[HOSTS];         /* volatile */
byte schedulerCrashes;

#define HOLD(h, l) hold[(h) * LINES + (l)]
#define OCCUPIES(h) (state[h] == Held || state[h] == Released || state[h] == Executing || state[h] == Verifying || state[h] == Quarantined)
#define MAY_ACT(h) (state[h] == Released || state[h] == Executing)

/* ---- The agents. ---- */

mtype = { Ready, Taken, Step, Edge, Irreversible, Undoing, Over };

mtype phase[HOSTS] = Ready;     /* durable */
byte highest[HOSTS];            /* durable: highest token ever accepted */
byte mine[HOSTS];               /* durable: token of the present run */
byte noncesMade[HOSTS];         /* chosen at random, so never the same twice */
byte open[HOSTS];               /* volatile: the nonce that may still be answered; 0 when none may */
bool dead[HOSTS];               /* the last nonce's lifetime is over */
byte edgesMade[HOSTS];
byte edgeOpen[HOSTS];           /* volatile */
bool edgeDead[HOSTS];
bool left[HOSTS];               /* a command that its agent lost sight of may still be going on */
byte agentCrashes[HOSTS];

#define ACTS(h) (phase[h] == Step || phase[h] == Edge || phase[h] == Irreversible || phase[h] == Undoing || left[h])
#define IS_GRANTED(h) (edgeOpen[h] != 0 && (edgeGranted[mine[h]] & BIT(edgeOpen[h])) && !edgeDead[h])
#define LAST_DEAD(h) (noncesMade[h] - ((open[h] != 0 && !dead[h]) -> 1 : 0))
/* A permit with this token may still begin something, or what it began may still go on. */
#define LIVES(t) (t != 0 && permitSent[t] && \
    ((open[permitHost[t]] == permitNonce[t] && !dead[permitHost[t]] && highest[permitHost[t]] < t) \
     || (mine[permitHost[t]] == t && (phase[permitHost[t]] != Over || left[permitHost[t]]))))

/* ---- The rules that mutants break, each in one place. ---- */

#ifdef MUTANT_FENCE             /* the controller takes any token */
#define HIGHER(t, l) true
#else
#define HIGHER(t, l) ((t) > highestSeen[l])
#endif

#if defined(MUTANT_HOLD)        /* the scheduler waits for no line */
#define ANSWERED(t, l) true
#elif defined(MUTANT_RECHECK)   /* the controller's word is enough: the line is not read again */
#define ANSWERED(t, l) (holdGranted[t] & BIT(l))
#else
#define ANSWERED(t, l) (holdReply[t] & BIT(l))
#endif

#ifdef MUTANT_NONCE             /* the agent takes a permit that answers no live nonce of its own */
#define IN_ANSWER(t, h) true
#else
#define IN_ANSWER(t, h) (permitNonce[t] == open[h] && !dead[h])
#endif

#ifdef MUTANT_HANDLE            /* the agent goes on without asking */
#define MAY_GO_ON(h) true
#else
#define MAY_GO_ON(h) IS_GRANTED(h)
#endif

#ifdef MUTANT_MARGIN            /* a heartbeat from before the permit's end tells that it came to nothing */
#define FROM_AFTERWARDS(h) true
#else
#define FROM_AFTERWARDS(h) (SAYS_DEAD(h) >= nonce[h])
#endif

#ifdef COARSE                   /* no heartbeat from after a nonce's end says anything that the agent would not say now */
#define SAYS_DEAD(h) LAST_DEAD(h)
#define SAYS_TOKEN(h) highest[h]
#else
#define SAYS_DEAD(h) beatDead[h]
#define SAYS_TOKEN(h) beatToken[h]
#endif

#ifdef COARSE                   /* a line that nobody holds may run at any time */
#define MAY_RUN(l) (heldBy[l] == 0)
#else
#define MAY_RUN(l) running[l]
#endif

#ifdef MUTANT_UNSEEN            /* people sign without having looked */
#define SEEN_STOPPED(h) true
#else
#define SEEN_STOPPED(h) (!LIVES(token[h]))
#endif

#ifdef MUTANT_ONE_SIGNATURE
#define SIGNATURES 1
#else
#define SIGNATURES 2
#endif

/* ---- Looking at all lines, or at the other host. At most two of each. ---- */

#define IS_GRANTED_ON(h, l) (!SERVES(h, l) || HOLD(h, l) == Granted)
#define ALL_GRANTED(h) (IS_GRANTED_ON(h, 0) && IS_GRANTED_ON(h, LINES - 1))
#define NONE_LEFT(h) (HOLD(h, 0) == Free && HOLD(h, LINES - 1) == Free)

#if HOSTS == 1
#define TAKEN(h) false
#else
#define OTHER (1 - h)
#if defined(COVERAGE) && !defined(MUTANT_COVERAGE)
/* The critical tag has one path through each host: the last one must not be taken away. */
#define CUTS(h) OCCUPIES(OTHER)
#else
#define CUTS(h) false
#endif
#ifdef MUTANT_OCCUPY            /* one run per line is not asked for */
#define CLASHES(h) false
#else
#define CLASHES(h) (RIVALS(OTHER, h) && (OCCUPIES(OTHER) || holdToken[OTHER] != 0))
#endif
#define TAKEN(h) (CLASHES(h) || CUTS(h))
#endif

inline holdLines(h, stage)
{
    for (i : 0 .. LINES - 1) {
        if :: SERVES(h, i) -> HOLD(h, i) = stage :: else fi
    };
    skip
}

/* Every line of the intent is to be free, also one that was never asked: on record before anybody is asked. */
inline intendRelease(h)
{
    for (i : 0 .. LINES - 1) {
        if :: HOLD(h, i) != Free -> HOLD(h, i) = Releasing :: else fi
    };
    skip
}

/* What must be true whenever a host begins something. */
inline begins(h)
{
    for (i : 0 .. LINES - 1) {
        if
        :: SERVES(h, i) ->
            REQUIRE(1, I1, !MAY_RUN(i));
            REQUIRE(2, I2, heldBy[i] == mine[h])
        :: else
        fi
    }
#ifdef COVERAGE
    for (i : 0 .. HOSTS - 1) {
        REQUIRE(11, I11, i == h || !ACTS(i))
    }
#endif
    skip
}

/* ---- A line: batches start and end whenever its controller allows it. ---- */

proctype Line(byte l)
{
end:
    do
    :: d_step { !running[l] && heldBy[l] == 0 ->
        running[l] = true;
        for (i : 0 .. HOSTS - 1) {
            REQUIRE(1, I1, !(SERVES(i, l) && ACTS(i)))
        };
        skip
       }
    :: running[l] -> running[l] = false
    od
}

/* Safety is proven over a network that repeats everything for ever; that everything ends, over one that delivers each message once. */
#ifdef LIVE
#define DELIVERED(message, l) message = message & ~BIT(l)
#else
#define DELIVERED(message, l) skip
#endif

/* ---- What gateways carry between the scheduler and the controller of one line, for one token. Either gateway may do it, at any
        time: one that was frozen passes on what it got long ago. The controller decides and remembers. ---- */

proctype Carrier(byte t; byte l)
{
end:
    do
    :: d_step { (holdAsked[t] & BIT(l)) && heldBy[l] == 0 && !running[l] && HIGHER(t, l) ->
        REQUIRE(3, I3, t > highestSeen[l]);
        heldBy[l] = t;
        highestSeen[l] = t;
        DELIVERED(holdAsked[t], l);
#ifdef COARSE
        holdReply[t] = holdReply[t] | BIT(l)
       }
#else
        holdGranted[t] = holdGranted[t] | BIT(l)
       }
       /* Read again after the controller's word, and only then answered. */
    :: d_step { (holdGranted[t] & BIT(l)) && !(holdReply[t] & BIT(l)) && !running[l] -> holdReply[t] = holdReply[t] | BIT(l) }
#endif
    :: d_step { (freeAsked[t] & BIT(l)) && heldBy[l] == t ->
        REQUIRE(9, I9, !LIVES(t));
        heldBy[l] = 0;
#ifdef COARSE
        for (i : 0 .. HOSTS - 1) {
            REQUIRE(1, I1, !(SERVES(i, l) && ACTS(i)))
        };
#endif
        DELIVERED(freeAsked[t], l);
        freeReply[t] = freeReply[t] | BIT(l)
       }
    :: d_step { (freeAsked[t] & BIT(l)) && heldBy[l] != t && !(freeReply[t] & BIT(l)) ->
#ifndef MUTANT_FORGET                   /* the controller does not remember what it was asked to free */
        /* What was released is seen: a request with this token that comes later holds nothing. */
        if :: highestSeen[l] < t -> highestSeen[l] = t :: else fi;
#endif
        DELIVERED(freeAsked[t], l);
        freeReply[t] = freeReply[t] | BIT(l)
       }
    od
}

/* ---- The scheduler's dealings with one line of one host's run. ---- */

#define WANTS(h, t, l) (holdToken[h] == t && HOLD(h, l) != Free)
#define IS_UNWANTED(t, l) ((holdReply[t] & BIT(l)) && !(freeAsked[t] & BIT(l)) && !WANTS(0, t, l) && !WANTS(HOSTS - 1, t, l))

proctype Holding(byte h; byte l)
{
end:
    do
       /* In sorted order: the lines before it are held. */
    :: d_step { state[h] == Held && attended[h] && HOLD(h, l) == Asked && (l == 0 || HOLD(h, l - 1) != Asked) && !(holdAsked[token[h]] & BIT(l)) && !(holdGranted[token[h]] & BIT(l)) ->
        REQUIRE(4, I4, token[h] <= ledger && state[h] == Held);
        holdAsked[token[h]] = holdAsked[token[h]] | BIT(l)
       }
    :: d_step { state[h] == Held && attended[h] && HOLD(h, l) == Asked && ANSWERED(token[h], l) -> HOLD(h, l) = Granted
       }
    :: d_step { HOLD(h, l) == Releasing && !(freeAsked[holdToken[h]] & BIT(l)) && !(freeReply[holdToken[h]] & BIT(l)) -> freeAsked[holdToken[h]] = freeAsked[holdToken[h]] | BIT(l) }
    :: d_step { HOLD(h, l) == Releasing && (freeReply[holdToken[h]] & BIT(l)) ->
        HOLD(h, l) = Free;
        if :: NONE_LEFT(h) -> holdToken[h] = 0 :: else fi
       }
#ifndef MUTANT_UNHEEDED
       /* A late word that a line is held for what is over: it is to be free again. */
    :: d_step { IS_UNWANTED(1, l) -> freeAsked[1] = freeAsked[1] | BIT(l); DELIVERED(holdReply[1], l) }
    :: d_step { IS_UNWANTED(TOKENS, l) -> freeAsked[TOKENS] = freeAsked[TOKENS] | BIT(l); DELIVERED(holdReply[TOKENS], l) }
#endif
    od
}

/* ---- The scheduler's loop, as far as it concerns one host. ---- */

inline sendPermit(h)
{
    REQUIRE(4, I4, token[h] <= ledger && state[h] == Released);
    permitSent[token[h]] = true;
    permitHost[token[h]] = h;
    permitNonce[token[h]] = nonce[h]
}

#define ASKS(h, n) (state[h] == Armed && holdToken[h] == 0 && ledger < TOKENS && !TAKEN(h) \
    && (permitAsked[h] & BIT(n)) && !(noncesUsed[h] & BIT(n)))

inline intend(h, n)
{
    noncesUsed[h] = noncesUsed[h] | BIT(n);
    token[h] = ledger + 1;
#ifndef MUTANT_INDEX                    /* the intent is not on record before the lines are asked */
    ledger++;
#endif
    nonce[h] = n;
    state[h] = Held;
    attended[h] = true;
    holdToken[h] = token[h];
    known[h] = 0; signatures[h] = 0; stopWanted[h] = false;
    holdLines(h, Asked);
    if :: NONE_LEFT(h) -> holdToken[h] = 0 :: else fi
}

inline complete(h, proven)
{
    REQUIRE(7, I7, proven);
    for (i : 0 .. LINES - 1) {
        REQUIRE(6, I6, !SERVES(h, i) || (holdReply[token[h]] & BIT(i)))
    }
    for (i : 1 .. TOKENS) {
        REQUIRE(5, I5, i == token[h] || !LIVES(i) || !(permitHost[i] == h || RIVALS(permitHost[i], h)))
    }
#ifdef MUTANT_LEDGER                    /* the permit leaves before it is on record */
    if
    :: !permitSent[token[h]] -> sendPermit(h)
    :: else -> state[h] = Released
    fi
#else
    state[h] = Released;
    sendPermit(h)
#endif
}

proctype Scheduler(byte h)
{
end:
    do
       /* An agent is ready: every gate, then the intent. Its index is the token. */
    :: d_step { ASKS(h, 1) -> intend(h, 1) }
    :: d_step { ASKS(h, NONCES) -> intend(h, NONCES) }

       /* Every line is held and was read after it: all gates once more, the record, the permit. Of the gateways any may be frozen. */
    :: d_step { state[h] == Held && attended[h] && ALL_GRANTED(h) && !TAKEN(h) -> complete(h, true) }
#ifdef MUTANT_STALE                     /* what no gateway proves counts as idle */
    :: d_step { state[h] == Held && attended[h] && ALL_GRANTED(h) && !TAKEN(h) -> complete(h, false) }
#endif
       /* It took too long, something was refused, a gate closed, a person withdrew it, or the scheduler was restarted meanwhile. */
    :: d_step { state[h] == Held -> state[h] = Armed; token[h] = 0; nonce[h] = 0; intendRelease(h) }

       /* The permit's life is over. Only a heartbeat from after its end shows whether it was accepted. */
    :: d_step { state[h] == Released && FROM_AFTERWARDS(h) ->
        if
        :: SAYS_TOKEN(h) >= token[h] -> state[h] = Executing
        :: else -> state[h] = Expired; intendRelease(h)
        fi
       }
       /* Silence: whether it acted, or still acts, is not known. */
    :: d_step { (MAY_ACT(h) || state[h] == Verifying) ->
        state[h] = Quarantined;
#ifdef MUTANT_SILENCE
        intendRelease(h);
#endif
        signatures[h] = 0
       }

       /* What the agent tells, in the order of its numbers. */
    :: d_step { token[h] != 0 && (progress[token[h]] & ACCEPTED) && known[h] == 0 ->
        known[h] = ACCEPTED;
        if
        :: state[h] == Released -> state[h] = Executing
        :: state[h] == Expired -> state[h] = Quarantined
        :: else
        fi
       }
    :: d_step { token[h] != 0 && (progress[token[h]] & SUCCEEDED) && known[h] <= ACCEPTED ->
        known[h] = SUCCEEDED; acknowledged[token[h]] = true;
        if
        :: MAY_ACT(h) || state[h] == Quarantined -> state[h] = Verifying
        :: state[h] == Expired -> state[h] = Quarantined
        :: else
        fi
       }
    :: d_step { token[h] != 0 && (progress[token[h]] & UNDONE) && known[h] <= ACCEPTED ->
        known[h] = UNDONE; acknowledged[token[h]] = true;
        if
        :: MAY_ACT(h) || state[h] == Quarantined -> state[h] = Aborted; intendRelease(h)
        :: state[h] == Expired -> state[h] = Quarantined
        :: else
        fi
       }
    :: d_step { token[h] != 0 && (progress[token[h]] & UNSURE) && known[h] <= ACCEPTED ->
        known[h] = UNSURE; acknowledged[token[h]] = true;
        if :: MAY_ACT(h) || state[h] == Expired -> state[h] = Quarantined :: else fi
       }

       /* Healthy for long enough. */
    :: d_step { state[h] == Verifying -> state[h] = Done; intendRelease(h) }

       /* The dead-man's handle: every gate again, the record, the answer. */
    :: d_step { MAY_ACT(h) && !stopWanted[h] && (edgeAsked[token[h]] & ~edgeGranted[token[h]]) != 0 && ALL_GRANTED(h) && !TAKEN(h) ->
        state[h] = Executing;
        edgeGranted[token[h]] = edgeAsked[token[h]]
       }

       /* The next try, once every line of the last one was heard to be free. */
    :: d_step { (state[h] == Aborted || state[h] == Expired || state[h] == Done) && holdToken[h] == 0 ->
        state[h] = Armed; token[h] = 0; nonce[h] = 0; known[h] = 0
       }

       /* A crash: what was only remembered is gone. */
    :: d_step { schedulerCrashes < CRASHES ->
        schedulerCrashes++;
        for (i : 0 .. HOSTS - 1) {
            noncesUsed[i] = 0;
            attended[i] = false
        };
        skip
       }
    od
}

/* ---- The agent on one host. ---- */

inline ends(h, what)
{
    phase[h] = Over;
    progress[mine[h]] = progress[mine[h]] | what
}

#define ACCEPTS(h, t, kept) (phase[h] == Ready && permitSent[t] && permitHost[t] == h && IN_ANSWER(t, h) && t > highest[h])

inline accept(h, t, kept)
{
    REQUIRE(3, I3, t > highest[h]);
    REQUIRE(8, I8, permitNonce[t] == open[h] && !dead[h] && !kept);
    highest[h] = t;
    mine[h] = t;
    phase[h] = Taken;
    open[h] = 0;
    edgesMade[h] = 0;
    progress[t] = progress[t] | ACCEPTED
}

proctype Agent(byte h)
{
end:
    do
       /* Offered a run: a new nonce, whose lifetime runs from now. */
    :: d_step { phase[h] == Ready && noncesMade[h] < NONCES ->
        noncesMade[h]++;
        open[h] = noncesMade[h];
        dead[h] = false;
        permitAsked[h] = permitAsked[h] | BIT(open[h])
       }
    :: noncesMade[h] != 0 && !dead[h] && (open[h] != 0 || phase[h] == Taken) -> dead[h] = true

       /* A permit comes, now or late, once or twice, fresh or kept by the broker. */
    :: d_step { ACCEPTS(h, 1, false) -> accept(h, 1, false) }
    :: d_step { ACCEPTS(h, TOKENS, false) -> accept(h, TOKENS, false) }
#ifdef MUTANT_RETAINED                  /* the agent takes a permit that the broker had kept */
    :: d_step { ACCEPTS(h, 1, true) -> accept(h, 1, true) }
#endif

       /* The first step is begun while the permit lives, or not at all. */
    :: d_step { phase[h] == Taken ->
        if
        :: !dead[h] -> begins(h); phase[h] = Step
        :: else -> ends(h, UNDONE)
        fi
       }
#if EDGES == 0
    :: d_step { phase[h] == Step -> ends(h, SUCCEEDED) }
#else
    :: phase[h] == Step -> phase[h] = Edge
#endif

       /* At the edge of what cannot be taken back. */
    :: d_step { phase[h] == Edge && edgesMade[h] < EDGES ->
        edgesMade[h]++;
        edgeOpen[h] = edgesMade[h];
        edgeDead[h] = false;
        edgeAsked[mine[h]] = edgeAsked[mine[h]] | BIT(edgeOpen[h])
       }
    :: phase[h] == Edge && edgeOpen[h] != 0 && !edgeDead[h] -> edgeDead[h] = true
    :: d_step { phase[h] == Edge && MAY_GO_ON(h) ->
        REQUIRE(8, I8, IS_GRANTED(h));
        begins(h);
        phase[h] = Irreversible;
        edgeOpen[h] = 0
       }
    :: d_step { phase[h] == Irreversible -> ends(h, SUCCEEDED) }

       /* Silence, a refusal, or a step that failed. */
    :: d_step { (phase[h] == Edge || phase[h] == Step || phase[h] == Irreversible) -> phase[h] = Undoing; edgeOpen[h] = 0 }
    :: d_step { phase[h] == Undoing -> ends(h, UNDONE) }

    :: d_step { phase[h] == Over && acknowledged[mine[h]] && !left[h] -> phase[h] = Ready; mine[h] = 0; dead[h] = true }

       /* A heartbeat; it is taken at any time after it was sent. */
#ifndef COARSE
    :: d_step { beatToken[h] != highest[h] || beatDead[h] != LAST_DEAD(h) -> beatToken[h] = highest[h]; beatDead[h] = LAST_DEAD(h) }
#endif

       /* A crash, or a reboot nobody asked for: what is in memory is gone; of what it was inside of nobody knows the end. */
    :: d_step { agentCrashes[h] < AGENT_CRASHES && phase[h] != Over ->
        agentCrashes[h]++;
        open[h] = 0;
        dead[h] = true;
        edgeOpen[h] = 0;
        if
        :: phase[h] == Taken -> ends(h, UNDONE)
        :: phase[h] == Step || phase[h] == Irreversible || phase[h] == Undoing -> ends(h, UNSURE); left[h] = true
        :: else
        fi
       }
       /* What it left behind ends by itself, sooner or later. */
    :: left[h] -> left[h] = false
    od
}

/* ---- People. ---- */

proctype Operator(byte h)
{
end:
    do
#if EDGES > 0
       /* No go-ahead any more. */
    :: MAY_ACT(h) && !stopWanted[h] -> stopWanted[h] = true
#endif

       /* Two people look at the host, see that nothing goes on there, and sign. */
    :: d_step { state[h] == Quarantined && SEEN_STOPPED(h) ->
        signatures[h]++;
        if
        :: signatures[h] >= SIGNATURES ->
            REQUIRE(9, I9, signatures[h] >= 2);
            state[h] = Aborted;
            intendRelease(h)
        :: else
        fi
       }
    od
}

init {
    atomic {
        byte a, b;
        for (a : 0 .. LINES - 1) {
#ifndef COARSE
            run Line(a);
#endif
            for (b : 1 .. TOKENS) {
                run Carrier(b, a)
            }
        }
        for (a : 0 .. HOSTS - 1) {
            run Scheduler(a);
            run Agent(a);
            run Operator(a);
            for (b : 0 .. LINES - 1) {
                if :: SERVES(a, b) -> run Holding(a, b) :: else fi
            }
        }
        a = 0; b = 0
    }
}

/* I10, when nobody crashes or loses anything any more: a hold ends, or a person is called to it. Checked with weak fairness. */
ltl I10 { [] (heldBy[0] != 0 -> <> (heldBy[0] == 0 || state[0] == Quarantined)) }
