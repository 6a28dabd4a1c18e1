package sallyport.cluster.ejection;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.ejection.EjectionState.Ejected;
import sallyport.cluster.ejection.EjectionState.InService;
import sallyport.cluster.ejection.EjectionState.OnTrial;
import sallyport.config.backend.EjectionConfig;
import sallyport.net.Failure;

/**
 * Ejection of one endpoint: its {@link EjectionState}, which the outcomes of attempts change.
 *
 * <p>Any thread; no locks. The listener runs on the thread of the change.
 */
public final class EndpointEjection extends LatencyComparison.Peer {
  /** The epoch of attempts whose outcome is no evidence. */
  public static final int NO_EPOCH = -1;

  private final Ejections cluster;
  private final Consumer<EjectionChange> listener;

  /** Null where no share of failures ejects. */
  private final @Nullable FailureShare share;

  /** Null where no latency ejects. */
  private final @Nullable LatencyHistogram latencies;

  private final AtomicReference<EjectionState> state = new AtomicReference<>(EjectionState.INITIAL);

  /** Whether the endpoint has left its cluster. */
  private volatile boolean left;

  /**
   * An endpoint that is in service.
   *
   * @param cluster of all its endpoints
   */
  public EndpointEjection(Ejections cluster, Consumer<EjectionChange> listener) {
    this.cluster = cluster;
    this.listener = listener;
    EjectionConfig.FailureShare rules = cluster.rules().failureShare();
    // Also where none can be ejected now: others may join.
    this.share = rules.isOn() ? new FailureShare(rules) : null;
    this.latencies = cluster.latencies() == null ? null : new LatencyHistogram();
  }

  /** Returns the present state. */
  public EjectionState state() {
    return Objects.requireNonNull(state.get());
  }

  /** Returns whether requests go to the endpoint. */
  public boolean isInService() {
    return state() instanceof InService;
  }

  /**
   * Returns whether the endpoint may be chosen: it is in service, or due for a trial, where
   * requests are the trials.
   */
  public boolean isAvailable() {
    return switch (state()) {
      case InService in -> true;
      case Ejected ejected ->
          switch (cluster.trials()) {
            case REQUESTS -> ejected.isOver(cluster.now());
            case CHECKED_REQUESTS -> ejected.checked();
            case CHECKS -> false;
          };
      case OnTrial trial -> false;
    };
  }

  /** Returns whether the time of an ejection is over: the endpoint is due for a trial. */
  public boolean isDue() {
    return state() instanceof Ejected ejected && ejected.isOver(cluster.now());
  }

  /**
   * Records a health check that has passed. For an endpoint that is due it is the trial, or lets a
   * request be the trial. After the former, one failure ejects it again until its first response to
   * a request.
   */
  public void checkPassed() {
    long now = cluster.now();
    EjectionState before = state();
    if (!(before instanceof Ejected ejected) || !ejected.isOver(now)) {
      return;
    }
    switch (cluster.trials()) {
      case REQUESTS -> {}
      case CHECKED_REQUESTS -> state.compareAndSet(before, ejected.checked(true));
      case CHECKS -> {
        if (state.compareAndSet(before, ejected.returnedByCheck(now))) {
          returned();
        }
      }
    }
  }

  /** Records a health check that has failed: an ejected endpoint stays out until one passes. */
  public void checkFailed() {
    EjectionState before = state();
    if (before instanceof Ejected ejected && ejected.checked()) {
      state.compareAndSet(before, ejected.checked(false));
    }
  }

  /** Returns the time until the next trial; zero if the endpoint is not ejected. */
  public Duration left() {
    return state() instanceof Ejected ejected ? ejected.left(cluster.now()) : Duration.ZERO;
  }

  /**
   * Begins an attempt. At an endpoint that is due, it is the trial.
   *
   * @return the epoch, which the outcome of the attempt must name
   */
  public int begin() {
    while (true) {
      EjectionState before = state();
      switch (before) {
        case InService in -> {
          return in.epoch();
        }
        case Ejected ejected -> {
          if (!ejected.isOver(cluster.now())) {
            return ejected.epoch();
          }
          OnTrial trial = ejected.tried();
          if (state.compareAndSet(before, trial)) {
            return trial.epoch();
          }
        }
        case OnTrial trial -> {
          return NO_EPOCH;
        }
      }
    }
  }

  /** Records the head of a response. */
  public void answered(int epoch) {
    if (share != null && epoch != NO_EPOCH) {
      share.answered();
    }
    if (state() instanceof InService in && in.isSettled()) {
      // Nearly always.
      return;
    }
    while (true) {
      EjectionState before = state();
      if (before.epoch() != epoch) {
        return;
      }
      switch (before) {
        case InService in -> {
          if (state.compareAndSet(before, in.answered())) {
            return;
          }
        }
        case Ejected ejected -> {
          if (state.compareAndSet(before, ejected.returned(cluster.now()))) {
            returned();
            return;
          }
        }
        case OnTrial trial -> {
          if (state.compareAndSet(before, trial.passed(cluster.now()))) {
            returned();
            return;
          }
        }
      }
    }
  }

  /** Returns the time now for {@link #took}; 0 where latencies do not matter. */
  public long requestSent() {
    return latencies == null ? 0 : cluster.now();
  }

  /**
   * Records the time from the end of a request to the head of its response.
   *
   * @param sentNanos as {@link #requestSent} returned it
   */
  public void took(int epoch, long sentNanos) {
    LatencyComparison comparison = cluster.latencies();
    if (latencies == null
        || comparison == null
        || !(state() instanceof InService in)
        || in.epoch() != epoch) {
      return;
    }
    long now = cluster.now();
    latencies.add(now - sentNanos);
    comparison.answered(now);
  }

  @Override
  LatencyHistogram.Sample takeLatencies() {
    LatencyHistogram.Sample taken =
        latencies == null ? LatencyHistogram.Sample.EMPTY : latencies.take();
    return isInService() ? taken : LatencyHistogram.Sample.EMPTY;
  }

  private void returned() {
    cluster.giveBack();
    listener.accept(new EjectionChange.Returned());
  }

  /** Records a failure before the head of a response. */
  public void failed(int epoch, Failure.Upstream failure) {
    if (!cluster.isOn() || left) {
      return;
    }
    if (!Evidence.isAgainst(failure)) {
      undecided(epoch);
      return;
    }
    FailureShare.@Nullable Reached reached = null;
    if (share != null && state() instanceof InService in && in.epoch() == epoch) {
      reached = share.failed(epoch, cluster.now());
    }
    while (true) {
      EjectionState before = state();
      if (before.epoch() != epoch) {
        return;
      }
      switch (before) {
        case InService in -> {
          if (count(in, failure, reached)) {
            return;
          }
        }
        case Ejected ejected -> {
          // The last resort for a request has failed: the ejection has counted already.
          return;
        }
        case OnTrial trial -> {
          long now = cluster.now();
          Ejected after = trial.failed(failure.flag(), now, cluster.rules());
          if (state.compareAndSet(before, after)) {
            tell(new EjectionChange.Ejected(failure, 1, after.left(now)));
            return;
          }
        }
      }
    }
  }

  /**
   * Counts a failure, and ejects the endpoint if it is the last of those in a row, or of a share.
   *
   * @param reached the share that ejects; null for none
   * @return false if another thread has changed the state meanwhile
   */
  private boolean count(
      InService before, Failure.Upstream failure, FailureShare.@Nullable Reached reached) {
    int limit = before.limit(cluster.rules());
    // At the limit already, as no more endpoints could be out: not counted, or it would overflow.
    InService counted = before.failures() < limit ? before.failed() : before;
    boolean inARow = counted.failures() >= limit;
    if (!inARow && reached == null) {
      return state.compareAndSet(before, counted);
    }
    if (!cluster.tryTake()) {
      if (!state.compareAndSet(before, counted)) {
        return false;
      }
      Ejections.Size size = cluster.size();
      listener.accept(
          new EjectionChange.Kept(failure, counted.failures(), size.most(), size.endpoints()));
      return true;
    }
    long now = cluster.now();
    Ejected after = counted.ejected(failure.flag(), now, cluster.rules());
    if (!state.compareAndSet(before, after)) {
      cluster.giveBack();
      return false;
    }
    tell(
        inARow || reached == null
            ? new EjectionChange.Ejected(failure, counted.failures(), after.left(now))
            : new EjectionChange.EjectedByShare(
                failure, reached.failures(), reached.attempts(), after.left(now)));
    return true;
  }

  @Override
  void slow(LatencyRule.Slow slow) {
    while (cluster.isOn() && !left && state() instanceof InService before) {
      if (!cluster.tryTake()) {
        Ejections.Size size = cluster.size();
        listener.accept(
            new EjectionChange.KeptThoughSlow(
                slow.median(), slow.peers(), size.most(), size.endpoints()));
        return;
      }
      long now = cluster.now();
      Ejected after = before.ejected(EjectionState.LATENCY, now, cluster.rules());
      if (state.compareAndSet(before, after)) {
        tell(
            new EjectionChange.EjectedByLatency(
                slow.median(), slow.peers(), slow.requests(), after.left(now)));
        return;
      }
      cluster.giveBack();
    }
  }

  private void tell(EjectionChange ejection) {
    if (left) {
      // It left meanwhile, and may have been in service then.
      leave();
      return;
    }
    listener.accept(ejection);
  }

  /** Ends the ejection silently, and begins no other: the endpoint has left its cluster. */
  public void leave() {
    left = true;
    while (true) {
      EjectionState before = state();
      @Nullable InService after =
          switch (before) {
            case InService in -> null;
            case Ejected ejected -> ejected.returned(cluster.now());
            case OnTrial trial -> trial.passed(cluster.now());
          };
      if (after == null) {
        return;
      }
      if (state.compareAndSet(before, after)) {
        cluster.giveBack();
        return;
      }
    }
  }

  /** Records an end that says nothing: another attempt is the trial. */
  public void undecided(int epoch) {
    EjectionState before = state();
    if (before instanceof OnTrial trial && trial.epoch() == epoch) {
      // Only the one attempt of this epoch can change it.
      state.compareAndSet(before, trial.undecided(cluster.now()));
    }
  }
}
