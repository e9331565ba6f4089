/* One filter with two sinks that hold the only copy of a ping (standard output, and a pipe of flagged clients' pings), a kill, and a
 * run that resumes.
 *
 * PERKEY: every key whose own sink has it is marked, and only the position in the input is a prefix over both; without it the marks
 * are a prefix, too. BOUND: a sink carries a pipe-full and one segment at most.
 * Looked at: nothing marked that its reader has not, every ping arrives, twice only what a kill left in a pipe. */
#ifndef N
#define N 5
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define CAP 1
#define NONE 255
#define BIT(i) (1<<(i))
byte in[N]; byte sink[N];             /* id at a position; sink of an id */
byte mk, cutpos, tk[N], expl[N], kills;
byte pos, nout, oid[N], oord[N], w[2], t[2], g[2]; /* g: judged for this sink; w: written; t: taken */
bool go; byte done, fr; bool mkd[N]; bool kill, run_, stall[2]; byte i, j, x, c;
proctype Reader(byte s) {
end: do
  :: atomic { !stall[s] && t[s]<w[s] -> /* the t[s]-th ping of sink s */
       i=0; do :: i<nout && !(sink[oid[i]]==s && oord[i]==t[s]) -> i++ :: else -> break od;
       tk[oid[i]]++; t[s]++; i=0 }
  :: atomic { s==1 && !stall[s] -> stall[s]=true }
  od
}
#define TAKEN(k) (oord[k] < t[sink[oid[k]]])
#define WRITTEN(k) (oord[k] < w[sink[oid[k]]])
active proctype Filter() {
  go;
start: { run_=true; pos=cutpos; fr=0;
  do
  :: /* judge one */
     d_step { pos<N && (nout==0 || WRITTEN(nout-1)) ->
       x=in[pos];
       if :: (mk|fr) & BIT(x) -> skip
          :: else -> fr=fr|BIT(x); oid[nout]=x; oord[nout]=g[sink[x]]; g[sink[x]]++; nout++ fi;
       pos++; x=0 }
  :: atomic { nout>0 && !WRITTEN(nout-1) && w[sink[oid[nout-1]]]-t[sink[oid[nout-1]]]<CAP -> w[sink[oid[nout-1]]]++ }
  :: /* commit; keys of all that is carried stay in fr (marked first in the next batch) */
     d_step { nout>0 || pos==N ->
       i=0; c=0; j=NONE;
       do :: i<nout ->
             if :: !TAKEN(i) && j==NONE -> j=i :: else fi;
#ifdef PERKEY
             if :: TAKEN(i) -> mk=mk|BIT(oid[i]); mkd[i]=true; assert(tk[oid[i]]>0) :: else -> c++ fi;
#else
             if :: j==NONE -> mk=mk|BIT(oid[i]); mkd[i]=true; assert(tk[oid[i]]>0) :: else -> c++ fi;
#endif
             i++ :: else -> break od;
       if :: j==NONE -> cutpos=pos; done=(pos==N -> 1 : 0)
          :: else -> i=0; x=0;  /* position of the first ping that is not taken */
             do :: in[x]!=oid[j] -> x++ :: else -> break od; cutpos=x fi;
#ifdef BOUND
       assert(c <= 2*CAP+1);  /* "at most a pipe-full and one slot" (here: of each sink) */
#endif
       i=0; c=0; j=0; x=0 }
     if :: done -> break :: else fi
  od;
  atomic { i=0; do :: i<N -> assert(tk[in[i]]>0); assert(tk[in[i]]<=1+expl[in[i]]); i++ :: else -> break od };  /* S2, S3 */
  run_=false; goto fin
  } unless { kill };
  atomic { kill=false; run_=false;
    i=0; do :: i<nout -> if :: WRITTEN(i) && !mkd[i] -> expl[oid[i]]++ :: else fi; i++ :: else -> break od;
    /* both readers may drain what lies in the pipes, or die */
    i=0; do :: i<nout -> if :: WRITTEN(i) && !TAKEN(i) -> tk[oid[i]]++ :: true fi; i++ :: else -> break od;
    i=0; do :: i<N -> oid[i]=0; oord[i]=0; mkd[i]=false; i++ :: else -> break od; i=0; j=0; x=0; c=0;
    nout=0; w[0]=0; w[1]=0; t[0]=0; t[1]=0; g[0]=0; g[1]=0; pos=0; fr=0; stall[0]=false; stall[1]=false };
  goto start;
fin: skip
}
active proctype Killer() {
end: do :: atomic { kills<KILLS && run_ -> kills++; kill=true } od
}
init { atomic { byte k=0;
  do :: k<N -> if :: in[k]=k :: k>0 -> in[k]=in[k-1] fi; if :: sink[k]=0 :: sink[k]=1 fi; k++ :: else -> break od;
  run Reader(0); run Reader(1); go=true } }
