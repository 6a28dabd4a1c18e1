package sallyport.config.tls;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sallyport.config.certificate.CertificateReader;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;

/** Reader of the settings of session tickets. */
public final class SessionsReader {
  private static final String DIRECTORY = "directory";
  private static final String SECRETS = "secrets";
  private static final String CLOCK_SKEW = "clock-skew";
  private static final String ACCEPTED = "accepted";
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
    Limits limits = Limits.of(SessionTicketsConfig.class);
    Duration life = limits.duration("life", in);
    Duration accepted = limits.duration(ACCEPTED, in);
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
}
