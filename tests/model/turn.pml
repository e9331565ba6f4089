/* Two filters on one store, each with a pipe and a reader: the protocol by which pings are judged, written, taken and marked.
 *
 * Of a filter: it judges pings in the turn, writes those that are new to its pipe, and marks in a commit those that its reader has
 * taken. The rest is carried: its keys are in memory, are marked first in the next batch, and stand in the store as a list, so that
 * a run over the same input does not count them again. One ping is one segment and one unit of the pipe.
 *
 * Taken for granted: a transaction is atomic; judging needs the turn; a process that is killed loses its locks; the bytes in the
 * pipe of a filter that was killed are drained up to any point.
 *
 * What is looked at
 *   S1  a marked ping is one that some reader has           S2  every ping of a run that ended has arrived
 *   S3  a ping arrives twice only as often as is told        S4  figures count every ping once (with ST)
 *   S5  passed_twice never tells more copies than there are  L1  the other filter ends while the first one's reader stalls
 *
 * Sizes        N pings a filter, NID ids, CAP units of the pipe; INP: digits from the right, the first filter's N pings and then the
 *              other's (without it: all inputs)
 * Events       KILLS, DEATHS of readers, STALLS: how many at most; TERM: a signal in place of a kill; ENDLESS: an input without an end
 * Protocol     RESUME: a run begins at the position of the cut, else at the input's beginning
 *              TURNSTILE: whoever wants the turn locks the second byte exclusively
 *              OWNLIST: a carried list is only for the run that it belongs to
 *              LASTCOMMIT: a signal is followed by a last commit of what is taken
 *              ST: how figures know what was counted: 1 by the list, 2 by the position of the cut and the list, 3 by the position
 *              judged and the list, 4 the same, and a ping that is not counted uses its entry up, 5 by the position judged alone
 * Faults       M1 marked when written, M2 the turn held while the pipe is full, M3 no carried list in the store, M4 carried keys not
 *              marked first, M5 keys of an adopted list marked, M6 a reader's death not looked at before a commit (harmless), M7 the
 *              cut never lies before its batch, M8 empty batches end for a waiter, PTLIT passed_twice counted when a batch begins */
#ifndef N
#define N 2
#endif
#ifndef NID
#define NID 2
#endif
#ifndef CAP
#define CAP 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef STALLS
#define STALLS 1
#endif
#ifndef ST
#define ST 3
#endif
#define NONE 2
#define ALIVE 0
#define STALL 1
#define DEAD 2
#define RUN 0
#define FIN 1
#define GONE 2
#define BIT(i) (1<<(i))
#define E(f,i) ((f)*N+(i))

byte in[2*N];                       /* inputs */
/* the store */
byte mk; byte cutpos[2]; byte judged[2]; byte cl[2]; byte stat; byte ever[2]; byte pt[NID];
/* memory of a filter */
byte oid[2*N]; byte opos[2*N];      /* pings let pass by this run, in order */
byte nout[2], nwr[2], rd[2], ncut[2]; /* judged unique, written, taken by the reader, committed */
byte pos[2], fr[2], ad[2], bst[2], rj[2], rc[2], meas[2];
byte st[2]; byte rs[2]; byte turn = NONE; byte next = NONE; bool term[2]; byte pb[2]; byte sigtk[2]; bool want[2]; bool waiting[2]; bool alive[2];
bool kill[2]; byte kills, deaths, stalls;
/* the truth */
byte tk[NID]; byte expl[NID];
byte gi, gx, gk;

inline TAKE(f) { tk[oid[E(f,rd[f])]]++; rd[f]++ }

proctype Reader(byte f) {
end: do
  :: atomic { rs[f]==ALIVE && rd[f]<nwr[f] -> TAKE(f) }
#ifdef L1
  :: atomic { f==0 && rs[f]==ALIVE && stalls<STALLS -> stalls++; rs[f]=STALL }
#else
  :: atomic { rs[f]==ALIVE && stalls<STALLS && rd[f]<nwr[f] -> stalls++; rs[f]=STALL }
  :: atomic { rs[f]!=DEAD && deaths<DEATHS && st[f]==RUN -> deaths++; rs[f]=DEAD }
#endif
  od
}

inline GETTURN(f) {
#ifdef TURNSTILE   /* the second byte is exclusive: whoever wants the turn passes through it */
  want[f]=true;
  atomic { next==NONE -> next=f; waiting[f]=true; want[f]=false };
  atomic { turn==NONE -> turn=f; next=NONE; waiting[f]=false }
#else
  if
  :: atomic { turn==NONE -> turn=f }
  :: atomic { turn!=NONE -> waiting[f]=true }; atomic { turn==NONE -> turn=f; waiting[f]=false }
  fi
#endif
}
inline BEGIN(f) {              /* with the turn */
  d_step {
    fr[f]=0; bst[f]=0;
#ifdef M7
    pb[f]=pos[f];
#endif
#ifndef M4
    gi=ncut[f];
    do
    :: gi<nout[f] ->
#ifdef PTLIT
       if :: mk & BIT(oid[E(f,gi)]) -> pt[oid[E(f,gi)]]++ :: else fi;
#endif
       fr[f]=fr[f]|BIT(oid[E(f,gi)]); gi++
    :: else -> break
    od;
#endif
    gi=0
  }
}
inline JUDGE(f) {
  d_step {
    gx=in[E(f,pos[f])];
    /* statistics */
    if
#if ST==1   /* only the carried list; nothing is known of positions */
    :: ad[f] & BIT(gx) -> ad[f]=ad[f] & ~BIT(gx)
#elif ST==2 /* "that position" is the cut; behind it the carried list */
    :: pos[f]<rc[f] -> skip
    :: pos[f]>=rc[f] && (ad[f] & BIT(gx)) -> ad[f]=ad[f] & ~BIT(gx)
#elif ST==3 /* "that position" is the judged one; the list as well, not consumed by uncounted pings */
    :: pos[f]<rj[f] -> skip
    :: pos[f]>=rj[f] && (ad[f] & BIT(gx)) -> ad[f]=ad[f] & ~BIT(gx)
#elif ST==4 /* judged; uncounted pings consume their entry */
    :: pos[f]<rj[f] -> ad[f]=ad[f] & ~BIT(gx)
    :: pos[f]>=rj[f] && (ad[f] & BIT(gx)) -> ad[f]=ad[f] & ~BIT(gx)
#else       /* ST==5: the judged position alone, no list */
    :: pos[f]<rj[f] -> skip
#endif
    :: else -> bst[f]++
    fi;
    if
    :: (mk|fr[f]) & BIT(gx) -> skip
    :: else -> gi=0; do :: gi<nout[f] -> assert(oid[E(f,gi)]!=gx); gi++ :: else -> break od; gi=0; /* S3b: no run sends an id twice */
       fr[f]=fr[f]|BIT(gx); oid[E(f,nout[f])]=gx; opos[E(f,nout[f])]=pos[f]; nout[f]++
    fi;
    pos[f]++; gx=0
  }
}
inline WRITE(f) { atomic { nwr[f]<nout[f] && nwr[f]-rd[f]<CAP && rs[f]!=DEAD -> nwr[f]++ } }

inline COMMIT(f) {             /* measured already: meas */
  d_step {
    gi=ncut[f];
    do
    :: gi<meas[f] ->
       gx=oid[E(f,gi)];
#ifndef PTLIT
       if :: mk & BIT(gx) -> pt[gx]++ :: else fi;
#endif
       mk=mk|BIT(gx); assert(tk[gx]>0);      /* S1 */
       gi++
    :: else -> break
    od;
    gk=ad[f]; gi=meas[f];
    do :: gi<nout[f] -> gk=gk|BIT(oid[E(f,gi)]); gi++ :: else -> break od;
#ifndef M3
    cl[f]=gk;
#endif
    if :: meas[f]<nout[f] -> cutpos[f]=opos[E(f,meas[f])] :: else -> cutpos[f]=pos[f] fi;
    if :: pos[f]>judged[f] -> judged[f]=pos[f] :: else fi;
    ever[f]=ever[f]|(BIT(pos[f])-1);
#ifdef M7   /* carried pings of an earlier batch have lost their position: the cut never lies before this batch */
    if :: cutpos[f]<pb[f] -> cutpos[f]=pb[f] :: else fi;
#endif
    stat=stat+bst[f]; bst[f]=0; fr[f]=0; ncut[f]=meas[f];
    gi=0; gx=0; gk=0
  }
}
inline MEASURE(f) {
#ifdef M1
  meas[f]=nwr[f]
#else
  meas[f]=rd[f]
#endif
}
inline STOP(f) {               /* killed, or SIGPIPE: memory is gone; what lies in the pipe is taken or not */
  atomic {
    if :: turn==f -> turn=NONE :: else fi; if :: next==f -> next=NONE :: else fi; waiting[f]=false; want[f]=false; alive[f]=false; kill[f]=false;
    gi=ncut[f];
#ifdef TERM
    if :: term[f] && gi<sigtk[f] -> gi=sigtk[f] :: else fi;
#endif
    do :: gi<nwr[f] -> expl[oid[E(f,gi)]]++; gi++ :: else -> break od; gi=0;
    do :: rd[f]<nwr[f] && rs[f]!=DEAD -> TAKE(f) :: break od;
    d_step {
    gi=0; do :: gi<N -> oid[E(f,gi)]=0; opos[E(f,gi)]=0; gi++ :: else -> break od; gi=0;
    nout[f]=0; nwr[f]=0; rd[f]=0; ncut[f]=0; pos[f]=0; fr[f]=0; ad[f]=0; bst[f]=0; meas[f]=0; rj[f]=0; rc[f]=0;
#ifdef TERM
    term[f]=false; sigtk[f]=0;
#endif
    }
  }
}

proctype Filter(byte f) {
  bool dead, did;
start:
  { dead=false;
    /* open: in a write transaction */
    GETTURN(f);
    atomic {
      alive[f]=true; rs[f]=ALIVE;
      rj[f]=judged[f]; rc[f]=cutpos[f];
#ifdef RESUME
      pos[f]=cutpos[f];
#else
      pos[f]=0;
#endif
      ad[f]=cl[f]; cl[f]=0;
#ifndef OWNLIST
      if :: !alive[1-f] -> ad[f]=ad[f]|cl[1-f]; cl[1-f]=0 :: else fi;
#endif
#ifdef M5
      mk=mk|ad[f];
#endif
      cl[f]=ad[f];
      turn=NONE
    };
    do
    :: /* a batch */
       GETTURN(f); BEGIN(f); did=false;
       do
       :: nwr[f]==nout[f] && pos[f]<N -> atomic { JUDGE(f); did=true }
       :: WRITE(f)
       :: rs[f]==DEAD -> dead=true; break                                    /* EPIPE */
#ifdef M2
       :: nwr[f]==nout[f] && pos[f]==N -> break
#else
       :: nwr[f]<nout[f] && nwr[f]-rd[f]>=CAP && waiting[1-f] -> break      /* blocked, somebody waits */
#ifdef M8
       :: nwr[f]==nout[f] && waiting[1-f] -> break
#else
       :: nwr[f]==nout[f] && waiting[1-f] && did -> break                    /* a waiter ends a batch that has judged something */
#endif
       :: nwr[f]<nout[f] && nwr[f]-rd[f]>=CAP -> break                       /* age limit */
       :: nwr[f]==nout[f] && pos[f]==N -> break
#endif
       od;
       if :: dead -> break :: else fi;
       if
#ifndef M6
       :: atomic { rs[f]==DEAD -> dead=true }; break
       :: atomic { rs[f]!=DEAD -> MEASURE(f) }
#else
       :: atomic { MEASURE(f) }
#endif
       fi;
#ifdef ENDLESS  /* a process that is ready runs within the time of a batch (not within that of unlock and lock) */
       !(want[1-f] && next==NONE);
#endif
       COMMIT(f);
       if
#ifdef ENDLESS  /* A's input never ends */
       :: atomic { f==0 && pos[f]==N && ncut[f]==nout[f] -> turn=NONE; pos[f]=0; nout[f]=0; nwr[f]=0; rd[f]=0; ncut[f]=0; meas[f]=0; cutpos[f]=0; judged[f]=0; tk[0]=1; tk[1]=1; pt[0]=0; pt[1]=0; stat=0 }
#endif
       :: atomic { pos[f]==N && ncut[f]==nout[f] -> turn=NONE; st[f]=FIN; cutpos[f]=0; judged[f]=0; alive[f]=false;  }; goto fin
       :: atomic { else -> turn=NONE }
       fi;
       /* without the turn: the rest of the segment, or at the end wait for the reader */
       do
       :: WRITE(f)
#ifdef TERM
       :: atomic { kills<KILLS && !kill[f] && nwr[f]+0>=ncut[f] -> kills++; term[f]=true; sigtk[f]=rd[f] }; break
#endif
       :: rs[f]==DEAD -> dead=true; break
       :: nwr[f]==nout[f] && (pos[f]<N || rd[f]==nout[f]) -> break
       od;
       if :: dead -> break :: else fi;
#ifdef TERM
       if
       :: term[f] ->
#ifdef LASTCOMMIT   /* a last transaction: what is taken by now is marked and told */
          GETTURN(f); BEGIN(f); MEASURE(f); COMMIT(f);
#endif
          break
       :: else
       fi
#endif
    od;
    STOP(f); st[f]=GONE; goto gone
  } unless { kill[f] -> goto killed };
killed: STOP(f); if :: goto start :: st[f]=GONE; goto over fi;
gone:
  if
#ifdef TERM
  :: st[f]=RUN; goto start
#else
  :: atomic { kills<KILLS -> kills++; st[f]=RUN }; goto start
#endif
  :: goto over
  fi;
fin:
#ifndef L1
  gi=0;  /* S2 */
  atomic {
    gi=0; do :: gi<N -> assert(tk[in[E(f,gi)]]>0); gi++ :: else -> break od; gi=0 };
#endif
over: skip
}

proctype Killer() {
end: do
  :: atomic { kills<KILLS && st[0]==RUN && alive[0] -> kills++; kill[0]=true }
#ifndef ONLYA
  :: atomic { kills<KILLS && st[1]==RUN && alive[1] -> kills++; kill[1]=true }
#endif
  od
}

proctype Monitor() {
  byte i, p;
  atomic { timeout ->
    i=0;
    do :: i<NID ->
       p=0;
       gi=ncut[0]; do :: st[0]==RUN && gi<rd[0] -> if :: oid[E(0,gi)]==i -> p++ :: else fi; gi++ :: else -> break od;
       gi=ncut[1]; do :: st[1]==RUN && gi<rd[1] -> if :: oid[E(1,gi)]==i -> p++ :: else fi; gi++ :: else -> break od;
       assert(!(mk & BIT(i)) || tk[i]>0);                 /* S1 */
       assert(tk[i] <= 1+expl[i]+pt[i]+p);                /* S3 */
#ifdef S5
       assert(pt[i]==0 || pt[i]<tk[i]);                   /* S5: never told more than there is */
#endif
       i++
    :: else -> break od;
#ifdef S4
    p=0; i=0; do :: i<N -> p=p+((ever[0]>>i)&1)+((ever[1]>>i)&1); i++ :: else -> break od;
    assert(stat==p);
#endif
  }
}

init {
  atomic {
  byte k; int dv=1;
  do :: k<2*N ->
#ifdef INP   /* digits: A's pings, then B's */
     in[k]=(INP/dv)%10; dv=dv*10;
#else
     if :: in[k]=0 :: in[k]=1
#if NID>2
        :: in[k]=2
#endif
     fi;
#endif
     k++ :: else -> break od; k=0; dv=0;
  run Filter(0); run Filter(1); run Reader(0); run Reader(1);
#if KILLS>0 && !defined(TERM)
  run Killer();
#endif
#ifndef L1
  run Monitor()
#endif
  }
}
#ifdef L1
ltl l1 { <> (st[1]==FIN) }
#endif
