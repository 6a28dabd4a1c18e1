package sallyport.cluster;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.balance.Candidates;
import sallyport.cluster.balance.LeastRequests;
import sallyport.cluster.balance.Maglev;
import sallyport.cluster.balance.RoundRobin;
import sallyport.cluster.balance.Tier;
import sallyport.cluster.balance.Weights;
import sallyport.cluster.ejection.Ejections;
import sallyport.cluster.health.SlowStart;
import sallyport.config.backend.BackendConfig.Balance;

/**
 * Endpoints of a cluster and the choice among them. {@link #weight} is the one place that says
 * which of them get requests now.
 *
 * <p>Any thread.
 */
final class Members implements Weights {
  private final List<Endpoint> endpoints;
  private final Ejections ejections;
  private final AtomicInteger withdrawn;
  private final SlowStart slowStart;
  private final Panic panic;

  /** Those that serve in normal times. */
  private final Tier primaries;

  /** Those that serve where no other endpoint can. */
  private final Tier backups;

  /**
   * @param withdrawn number of endpoints that are withdrawn
   * @param panic hears whether requests find an endpoint in service
   * @param random a number from 0 to below its argument
   */
  Members(
      List<Endpoint> endpoints,
      Balance balance,
      Ejections ejections,
      AtomicInteger withdrawn,
      SlowStart slowStart,
      Panic panic,
      IntUnaryOperator random) {
    this.endpoints = endpoints;
    this.ejections = ejections;
    this.withdrawn = withdrawn;
    this.slowStart = slowStart;
    this.panic = panic;
    this.primaries = tier(/* backup= */ false, balance, random);
    this.backups = tier(/* backup= */ true, balance, random);
  }

  private Tier tier(boolean backup, Balance balance, IntUnaryOperator random) {
    Candidates members =
        Candidates.of(endpoints.stream().mapToInt(Endpoint::weight).toArray())
            .without(position -> endpoints.get(position).isBackup() != backup);
    return new Tier(
        members,
        this,
        switch (balance) {
          case ROUND_ROBIN -> new RoundRobin();
          case LEAST_REQUESTS ->
              new LeastRequests(position -> endpoints.get(position).requests(), random);
          case HASH -> new Maglev(members, endpoints.stream().map(Endpoint::described).toList());
        });
  }

  /** Returns all of them, in the order of the configuration. */
  List<Endpoint> endpoints() {
    return endpoints;
  }

  // ---- which of them get requests now

  /**
   * Returns the share of an endpoint now, which grows in its slow start; 0 while no request shall
   * go to it.
   */
  private static int weight(Endpoint endpoint) {
    return endpoint.isAvailable() ? endpoint.weight() * endpoint.share() : 0;
  }

  private static boolean isAvailable(Endpoint endpoint) {
    return endpoint.isAvailable();
  }

  @Override
  public boolean areConfigured() {
    return !ejections.isAnyOut() && withdrawn.get() == 0 && !slowStart.isAny();
  }

  @Override
  public int now(int position) {
    return weight(endpoints.get(position));
  }

  // ---- the choice

  /** Returns the endpoint for an attempt; null where none may be chosen. */
  @Nullable Endpoint choose(PickContext context) {
    return context.tried().isEmpty() ? first(context) : other(context);
  }

  /**
   * Returns the endpoint for the first attempt of a request: that of the client, or takes a turn.
   */
  private @Nullable Endpoint first(PickContext context) {
    Endpoint preferred = context.preferred();
    if (preferred != null && isAvailable(preferred)) {
      panic.over();
      return preferred;
    }
    int chosen = primaries.next(context.key());
    if (chosen == Tier.NONE) {
      chosen = backups.next(context.key());
    }
    if (chosen != Tier.NONE) {
      panic.over();
      return endpoints.get(chosen);
    }
    Endpoint last = lastResort(context);
    if (last != null) {
      panic.request();
    }
    return last;
  }

  private @Nullable Endpoint other(PickContext context) {
    List<Endpoint> tried = context.tried();
    Endpoint again = context.again();
    boolean keeps = context.key() != null || context.preferred() != null;
    if (again != null && keeps && isAvailable(again)) {
      // What belongs to the key or the client may be in the memory of that endpoint alone.
      return again;
    }
    IntPredicate isTried = isIn(tried);
    int other = primaries.other(isTried, context.key());
    if (other == Tier.NONE && again != null && isAvailable(again)) {
      return again;
    }
    if (other == Tier.NONE) {
      other = backups.other(isTried, context.key());
    }
    if (other != Tier.NONE) {
      return endpoints.get(other);
    }
    return again != null && !isDrained(again) ? again : lastResort(context);
  }

  /**
   * Returns an endpoint that is out of service, though not drained: where all are, a fault of the
   * checks or of the network here is likelier than one of them all, and 503 would be no better. One
   * that is not tried: that of the client, a backup as the last; the last one where all are tried;
   * null if none is tried.
   */
  private @Nullable Endpoint lastResort(PickContext context) {
    Endpoint preferred = context.preferred();
    if (preferred != null && !context.tried().contains(preferred) && !isDrained(preferred)) {
      return preferred;
    }
    IntPredicate isTried = isIn(context.tried());
    IntPredicate isOut = position -> isTried.test(position) || isDrained(endpoints.get(position));
    int any = primaries.any(isOut, context.key());
    if (any == Tier.NONE) {
      any = backups.any(isOut, context.key());
    }
    if (any != Tier.NONE) {
      return endpoints.get(any);
    }
    return context.tried().isEmpty() ? null : context.tried().getLast();
  }

  private static boolean isDrained(Endpoint endpoint) {
    return endpoint.isWithdrawn(Withdrawal.DRAINED);
  }

  private IntPredicate isIn(List<Endpoint> tried) {
    return position -> tried.contains(endpoints.get(position));
  }

  // ---- what another attempt could choose

  boolean hasOther(List<Endpoint> tried, Endpoint current) {
    for (Endpoint endpoint : endpoints) {
      if (!endpoint.equals(current) && !tried.contains(endpoint) && isAvailable(endpoint)) {
        return true;
      }
    }
    return false;
  }

  boolean hasUntried(List<Endpoint> tried) {
    for (Endpoint endpoint : endpoints) {
      if (!tried.contains(endpoint) && !isDrained(endpoint)) {
        return true;
      }
    }
    return false;
  }

  boolean hasUntriedBackup(List<Endpoint> tried) {
    if (backups.isEmpty()) {
      return false;
    }
    for (Endpoint endpoint : endpoints) {
      if (endpoint.isBackup() && !tried.contains(endpoint) && !isDrained(endpoint)) {
        return true;
      }
    }
    return false;
  }
}
