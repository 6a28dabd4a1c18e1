package sallyport.config.stream;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.config.read.Words;

/** Reader of what a listener of TCP streams has beside its socket and its TLS. */
public final class StreamReader {
  /** The key that makes a listener one of streams. */
  public static final String FORWARD_TO = "forward-to";

  /** The key that makes a listener one of TLS that passes unopened. */
  public static final String PASS_THROUGH = "pass-through";

  /** Keys that say what else a listener does with its clients. */
  private static final List<String> OTHERS = List.of("forward-to", "plain", "redirect-to", "tls");

  /** Keys of listeners that forward HTTP. */
  private static final List<String> HTTP = List.of("public-port", "hsts", "http", "http2");

  /** Keys of {@code limits} that a stream has: it has no requests. */
  private static final List<String> LIMITS =
      List.of("max-connections", "new-connections", "per-source");

  private static final Pattern NAME = Pattern.compile("\\*|(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*");

  private StreamReader() {}

  /**
   * Reads the settings of streams.
   *
   * @param in the listener
   * @param template what stands in where it leaves a key out
   */
  public static StreamConfig read(ConfigReader in, Config template) {
    refuseHttp(in, FORWARD_TO);
    ConfigReader clients = in.section("tls").section("client-auth");
    if (clients.has("refuse-with") && !clients.string("refuse-with").equals("handshake")) {
      clients.problem("refuse-with", "a stream has no answer: must be handshake");
    }
    if (clients.has("host")) {
      clients.problem("host", "a stream has no Host: leave it out");
    }
    if (clients.has("forward")) {
      clients.problem(
          "forward", "a stream has no fields that could tell a backend who the client is");
    }
    StreamConfig.Protocol protocol = protocol(in, template);
    return new StreamConfig(protocol, forwardTo(in), idle(in, protocol, template));
  }

  /** Adds a problem for each setting of HTTP. */
  private static void refuseHttp(ConfigReader in, String kind) {
    for (String key : HTTP) {
      if (in.has(key)) {
        in.problem(key, "is for listeners that forward HTTP, not for one with " + kind);
      }
    }
    ConfigReader limits = in.section("limits");
    for (String key : limits.written()) {
      if (!LIMITS.contains(key)) {
        limits.problem(
            key, "is a limit of requests; one with " + kind + " has " + String.join(", ", LIMITS));
      }
    }
  }

  private static Duration idle(ConfigReader in, StreamConfig.Protocol protocol, Config template) {
    ConfigReader timeouts = in.section("timeouts", timeouts(protocol, template));
    Duration idle = Limits.of(StreamConfig.class).duration("timeouts.idle", timeouts);
    timeouts.finish();
    return idle;
  }

  /**
   * Reads the settings of TLS that passes unopened. Only names that are listed pass.
   *
   * @param in the listener
   * @param template what stands in where it leaves a key out
   */
  public static StreamConfig readPassThrough(ConfigReader in, Config template) {
    for (String key : OTHERS) {
      if (in.has(key)) {
        in.problem(
            key, "a listener with pass-through does not open the TLS of its clients: leave it out");
      }
    }
    in.section("tls");
    refuseHttp(in, PASS_THROUGH);
    if (in.has("protocol")) {
      in.problem("protocol", "what passes unopened is TLS, and nothing else: leave it out");
    }
    ForwardTo.BySni names = byName(in, PASS_THROUGH);
    if (names.byName().containsKey(ForwardTo.ANY)) {
      in.problem(
          PASS_THROUGH, "passes names that are listed: write names such as a.example, not \"*\"");
    }
    return new StreamConfig(
        StreamConfig.Protocol.TCP, names, idle(in, StreamConfig.Protocol.TCP, template));
  }

  /**
   * Reads the limits of the ClientHello of TLS that passes unopened.
   *
   * @param in the listener
   * @param template what stands in where it leaves a key out
   */
  public static HelloConfig hello(ConfigReader in, Config template) {
    ConfigReader hello = in.section("client-hello", template.getConfig("client-hello"));
    Limits limits = Limits.of(HelloConfig.class);
    HelloConfig config =
        new HelloConfig(
            limits.bytes("client-hello.max-size", hello),
            limits.duration("client-hello.timeout", hello));
    hello.finish();
    return config;
  }

  /**
   * Reads the settings of streams of a listener without TLS on this machine. Its clients show no
   * name, and what is negotiated inside a protocol needs the TLS of the listener.
   *
   * @param in the listener
   * @param template what stands in where it leaves a key out
   */
  public static StreamConfig readLocal(ConfigReader in, Config template) {
    StreamConfig stream = read(in, template);
    switch (stream.protocol()) {
      case TCP, MLLP, DICOM -> {}
      case POSTGRES ->
          in.problem(
              "protocol",
              "postgres negotiates TLS with each client, which plain = local has not: use tls");
    }
    switch (stream.forwardTo()) {
      case ForwardTo.One one -> {}
      case ForwardTo.BySni names ->
          in.problem(
              FORWARD_TO,
              "chooses by the server name of TLS, which plain = local has not: write the name of a"
                  + " backend");
    }
    return stream;
  }

  /** Returns the timeouts that stand in: those of the protocol before those of all. */
  private static Config timeouts(StreamConfig.Protocol protocol, Config template) {
    Config own = template.getConfig("by-protocol");
    String path = protocol.name().toLowerCase(Locale.ROOT) + ".timeouts";
    Config all = template.getConfig("timeouts");
    return own.hasPath(path) ? own.getConfig(path).withFallback(all) : all;
  }

  private static StreamConfig.Protocol protocol(ConfigReader in, Config template) {
    Map<String, StreamConfig.Protocol> words = Words.of(StreamConfig.Protocol.values());
    return in.has("protocol")
        ? in.choice("protocol", words)
        : Objects.requireNonNull(words.get(template.getString("protocol")));
  }

  private static ForwardTo forwardTo(ConfigReader in) {
    return in.isObject(FORWARD_TO)
        ? byName(in, FORWARD_TO)
        : new ForwardTo.One(in.string(FORWARD_TO));
  }

  private static ForwardTo.BySni byName(ConfigReader in, String key) {
    Map<String, String> byName = new LinkedHashMap<>();
    in.texts(key)
        .forEach(
            (name, backend) -> {
              String folded = name.toLowerCase(Locale.ROOT);
              if (!NAME.matcher(folded).matches()) {
                in.problem(
                    key,
                    "must have names of servers such as a.example, *.example or \"*\", has '"
                        + name
                        + "'");
              } else if (byName.putIfAbsent(folded, backend) != null) {
                in.problem(key, "has '" + folded + "' twice, in other letters");
              }
            });
    if (byName.isEmpty()) {
      in.problem(
          key,
          key.equals(FORWARD_TO)
              ? "needs at least one \"NAME\" = BACKEND, or is the name of a backend"
              : "needs at least one \"NAME\" = BACKEND");
    }
    return new ForwardTo.BySni(Collections.unmodifiableMap(byName));
  }
}
