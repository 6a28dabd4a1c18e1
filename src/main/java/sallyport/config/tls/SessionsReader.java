package sallyport.config.tls;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.read.ConfigReader;

/** Reads how sessions are resumed. */
public final class SessionsReader {
  private static final String DIRECTORY = "directory";
  private static final String SECRETS = "secrets";
  private static final String CLOCK_SKEW = "clock-skew";
  private static final String ACCEPTED = "accepted";
  private static final Duration WEEK = Duration.ofDays(7);
  private static final int MAX_SECRETS = 4;

  /** Every key that is still accepted is looked through for each ticket. */
  private static final int MAX_KEYS = 100;

  /** The words of {@code source}. */
  private enum Kind {
    MEMORY,
    DIRECTORY,
    DERIVED,
    OFF
  }

  private SessionsReader() {}

  public static SessionTicketsConfig tickets(ConfigReader in) {
    Map<String, Kind> kinds = new LinkedHashMap<>();
    kinds.put("memory", Kind.MEMORY);
    kinds.put(DIRECTORY, Kind.DIRECTORY);
    kinds.put("derived", Kind.DERIVED);
    kinds.put("off", Kind.OFF);
    Kind kind = in.choice("source", kinds);
    Duration life = in.duration("life", Duration.ofMinutes(1), WEEK);
    Duration accepted = in.duration(ACCEPTED, Duration.ZERO, WEEK);
    if (accepted.toMillis() > MAX_KEYS * life.toMillis()) {
      in.problem(ACCEPTED, "must be at most " + MAX_KEYS + " times life");
    }
    TicketSourceConfig source =
        switch (kind) {
          case MEMORY -> new TicketSourceConfig.Memory();
          case DIRECTORY ->
              new TicketSourceConfig.Folder(in.folder(DIRECTORY), in.location(DIRECTORY));
          case DERIVED -> derived(in, accepted);
          case OFF -> new TicketSourceConfig.Off();
        };
    only(in, DIRECTORY, kind == Kind.DIRECTORY, DIRECTORY);
    only(in, SECRETS, kind == Kind.DERIVED, "derived");
    only(in, CLOCK_SKEW, kind == Kind.DERIVED, "derived");
    in.finish();
    return new SessionTicketsConfig(source, life, accepted);
  }

  /** A key that would have no effect is more likely a mistake than a reserve. */
  private static void only(ConfigReader in, String key, boolean used, String source) {
    if (in.has(key) && !used) {
      in.problem(key, "belongs to source = " + source);
    }
  }

  private static TicketSourceConfig derived(ConfigReader in, Duration accepted) {
    List<SecretConfig> secrets = new ArrayList<>();
    for (ConfigReader secret : in.sections(SECRETS, com.typesafe.config.ConfigFactory.empty())) {
      secrets.add(CertificateReader.secret(secret));
    }
    if (secrets.isEmpty() || secrets.size() > MAX_SECRETS) {
      in.problem(SECRETS, "needs 1 to " + MAX_SECRETS + " of { env | file | command }");
    }
    Duration skew = in.duration(CLOCK_SKEW, Duration.ZERO, Duration.ofHours(1));
    if (accepted.compareTo(skew) < 0) {
      in.problem(ACCEPTED, "must not be less than clock-skew: a slow replica seals by the old key");
    }
    return new TicketSourceConfig.Derived(List.copyOf(secrets), skew, in.location(SECRETS));
  }

  public static SessionCacheConfig cache(ConfigReader in) {
    SessionCacheConfig cache =
        new SessionCacheConfig(
            in.integer("size", 0, 1_000_000), in.duration("timeout", Duration.ofMinutes(1), WEEK));
    in.finish();
    return cache;
  }
}
