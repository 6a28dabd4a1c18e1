package sallyport.observe.audit;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.values.ClientAddress;

/** Security event that an auditor may ask for. Every component is written to the audit log. */
public sealed interface AuditEvent {
  /** Event that any client can cause at any rate. */
  sealed interface Refusal extends AuditEvent {
    /** Returns the listener, route, backend or key that it is about: words of the configuration. */
    String where();

    /** Returns the word, one of a bounded set. */
    String reason();
  }

  /** Refusal at a listener. */
  sealed interface ListenerRefusal extends Refusal {
    String listener();

    @Override
    default String where() {
      return listener();
    }
  }

  /**
   * Refusals that got no line of their own.
   *
   * @param last of them; the others are of the same kind, place and reason
   * @param count how many, {@code last} included
   */
  record Repeated(Refusal last, long count) implements AuditEvent {}

  /**
   * The TLS handshake with a client failed or was refused.
   *
   * @param reason a bounded word, the same as the metric's tag
   * @param detail for people; never taken from the peer unescaped; empty when there is none
   * @param serverName the SNI that the client asked for; null when none or not yet read
   */
  record HandshakeRefused(
      String listener,
      ClientAddress client,
      String reason,
      String detail,
      @Nullable String serverName)
      implements ListenerRefusal {}

  /** A client has been denied: its connection was cut, with all of its exchanges. */
  record ClientCut(String listener, ClientAddress client, String fingerprint)
      implements AuditEvent {}

  /**
   * The certificate of a client expired while its connection was open, which ends.
   *
   * @param ended the last instant at which all that it rests on was valid
   */
  record ClientExpired(String listener, ClientAddress client, String fingerprint, Instant ended)
      implements AuditEvent {}

  /**
   * A client had no access to what it asked for, and got that answer.
   *
   * @param route empty when the listener refuses it everywhere
   * @param reason a bounded word, the same as the metric's tag
   * @param detail for people; empty when there is none
   * @param fingerprint of its certificate; empty when it showed none
   */
  record AccessRefused(
      String listener,
      ClientAddress client,
      String route,
      String reason,
      String detail,
      String fingerprint)
      implements ListenerRefusal {
    @Override
    public String where() {
      return route.isEmpty() ? listener : listener + ' ' + route;
    }
  }

  /** The negotiated parameters with a client are outside the policy; the connection was closed. */
  record PolicyViolated(
      String listener,
      ClientAddress client,
      String policy,
      String version,
      String cipher,
      String group)
      implements ListenerRefusal {
    @Override
    public String reason() {
      return "policy_violated";
    }
  }

  /**
   * The identity of a backend was not proven, or the backend did not accept that of the gateway;
   * nothing was sent to it.
   */
  record BackendRefused(String backend, String endpoint, String reason, String detail)
      implements Refusal {
    @Override
    public String where() {
      return endpoint;
    }
  }

  /**
   * The response of a backend broke a rule, and was refused or cut.
   *
   * @param reason a bounded word, the same as the metric's tag
   */
  record ResponseRefused(String backend, String endpoint, String reason) implements Refusal {
    @Override
    public String where() {
      return endpoint;
    }
  }

  /**
   * An endpoint was seen to ask for the gateway's certificate, or not to, for the first time or
   * after a change.
   *
   * @param clientCertificate {@code sent} or {@code not_asked}
   * @param refused whether the endpoint gets nothing for that
   */
  record BackendMutualTls(
      String backend, String endpoint, String clientCertificate, boolean refused)
      implements Refusal {
    /** Returns an endpoint has an address here, which a name may change for ever. */
    @Override
    public String where() {
      return backend;
    }

    @Override
    public String reason() {
      return clientCertificate;
    }
  }

  /**
   * A private key was to be opened.
   *
   * @param use {@code server}, {@code client} or {@code account}
   * @param source where it is kept
   * @param algorithm such as {@code EC P-256}; empty when not even its certificate could be read
   * @param fingerprint SHA-256 of the certificate that goes with it, hex; empty likewise
   * @param usable whether it can be used; else it was refused
   */
  record KeyOpened(String use, String source, String algorithm, String fingerprint, boolean usable)
      implements AuditEvent {}

  /**
   * A private key signed for the first time since the gateway started or took it up.
   *
   * @param source where it is kept
   */
  record KeyUsed(String use, String source, String fingerprint) implements AuditEvent {}

  /**
   * The issuer of a certificate in use says that it has revoked it.
   *
   * @param source where its key is kept
   * @param since when
   * @param reason such as {@code KEY_COMPROMISE}; empty when it does not say
   */
  record OwnCertificateRevoked(String source, String fingerprint, String since, String reason)
      implements AuditEvent {}

  /**
   * A signature was asked for and not made.
   *
   * @param reason a bounded word, the same as the metric's tag
   * @param detail for people
   */
  record SignatureRefused(
      String use, String source, String fingerprint, String reason, String detail)
      implements Refusal {
    @Override
    public String where() {
      return source;
    }
  }

  /**
   * A token does not answer any more; nothing is signed with its keys until it is back.
   *
   * @param token its label
   * @param detail what its module says
   */
  record TokenAway(String token, String module, String detail) implements AuditEvent {}

  /** A token that was away is open again. */
  record TokenBack(String token, String module) implements AuditEvent {}

  /**
   * A revocation list is not current any more.
   *
   * @param owner the listener or the backend
   * @param list whose it is, and its number
   * @param nextUpdate until when it was
   * @param mode {@code hard} where peers of its issuer are refused from now on, or {@code soft}
   */
  record CrlEnded(String owner, String list, Instant nextUpdate, String mode)
      implements AuditEvent {}

  /**
   * Other certificates, keys or trust, or other session ticket keys, are in use from now on.
   *
   * @param use {@code server}, {@code client} or {@code tickets}
   * @param name the listener or the backend
   * @param trigger who asked: {@code files}, {@code signal}, {@code admin}, {@code acme}; {@code
   *     time} for ticket keys
   * @param from SHA-256 of the certificates that were in use, hex; of ticket keys, the public names
   * @param to of those that are now
   * @param loosened what is trusted now that was not before
   * @param reason why it may be; null when nothing is
   */
  record KeysRotated(
      String use,
      String name,
      String trigger,
      List<String> from,
      List<String> to,
      List<String> loosened,
      @Nullable String reason)
      implements AuditEvent {}

  /** The present content of the files was refused; the one in use stays. */
  record RotationRefused(String use, String name, String trigger, List<String> problems)
      implements AuditEvent {}

  /**
   * A certificate that the gateway holds is near its end, or past it. Recorded once for each
   * warning that the configuration asks for.
   *
   * @param fingerprint SHA-256 of the certificate, hex
   * @param daysLeft whole days; below 0 when it has expired
   * @param places where it is used
   */
  record CertificateEnding(
      String subject, String fingerprint, Instant notAfter, long daysLeft, List<String> places)
      implements AuditEvent {}

  /**
   * A backend's exception from the TLS policy comes to its end, or has ended.
   *
   * @param allowed words for what it permits
   * @param expires the last day, in UTC
   */
  record ExceptionEnding(
      String backend, String allowed, String owner, LocalDate expires, boolean ended, long daysLeft)
      implements AuditEvent {}

  /** The gateway registered an account at an ACME authority. */
  record AcmeAccountMade(String account, String directory) implements AuditEvent {}

  /**
   * A certificate was ordered from such an authority.
   *
   * @param names DNS names that it is for
   */
  record AcmeOrdered(String account, List<String> names) implements AuditEvent {}

  /**
   * An authority issued a certificate, and it is fit to be used.
   *
   * @param renewed whether there was one before
   * @param fingerprint SHA-256 of it, hex
   * @param serial hex
   */
  record AcmeIssued(
      String account,
      List<String> names,
      boolean renewed,
      String fingerprint,
      String serial,
      Instant notAfter)
      implements AuditEvent {}

  /**
   * A certificate was ordered, or was to be, and there is none; what was in use stays.
   *
   * @param problem a bounded word, the same as the metric's tag: the type of the authority's
   *     problem document (RFC 8555 section 6.7), or what else went wrong
   * @param detail for people, without control characters
   * @param nextTry when it is tried again
   */
  record AcmeFailed(
      String account, List<String> names, String problem, String detail, Instant nextTry)
      implements AuditEvent {}

  /** A request that carried a body over plain HTTP; the body was discarded, but it was readable. */
  record PlainBody(String listener, ClientAddress client, String method, String host)
      implements ListenerRefusal {
    @Override
    public String reason() {
      return "plain_body";
    }
  }

  /** A request was refused because it could be read in more than one way, or broke a limit. */
  record RequestRefused(String listener, ClientAddress client, String reason)
      implements ListenerRefusal {}

  /**
   * A request was refused because a backend could take its path for one of a stricter route.
   *
   * @param route that the path falls under as it came
   * @param foldedRoute that it would fall under, and that demands what the other does not
   */
  record AmbiguousRoute(
      String listener, ClientAddress client, String reason, String route, String foldedRoute)
      implements ListenerRefusal {
    @Override
    public String where() {
      return listener + ' ' + route;
    }
  }

  /** A connection was closed as soon as it was accepted; {@code reason} is bounded. */
  record ConnectionRefused(String listener, ClientAddress client, String reason)
      implements ListenerRefusal {}

  /** A trusted proxy sent an invalid PROXY protocol header; its connection was closed. */
  record ProxyHeaderRefused(String listener, InetSocketAddress proxy) implements ListenerRefusal {
    @Override
    public String reason() {
      return "proxy_header";
    }
  }

  /** An HTTP/2 connection was ended for what the client sent; {@code reason} is bounded. */
  record Http2Aborted(String listener, ClientAddress client, String reason)
      implements ListenerRefusal {}

  /**
   * Another configuration is in use from now on.
   *
   * @param trigger who asked: {@code signal} or {@code admin}
   * @param configuration where it was read from
   * @param from SHA-256 of the one that was in use, hex
   * @param to of the one that is
   * @param loosened what of it is less strict
   * @param reason why it may be; null when nothing is
   */
  record ConfigReloaded(
      String trigger,
      String configuration,
      String from,
      String to,
      List<String> loosened,
      @Nullable String reason)
      implements AuditEvent {}

  /**
   * One thing in which the configuration that is in use from now on is less strict.
   *
   * @param to SHA-256 of the configuration, hex
   * @param what such as {@code listener https: client-auth.mode required -> optional}
   * @param reason why it may be
   */
  record ConfigLoosened(String trigger, String to, String what, String reason)
      implements AuditEvent {}

  /**
   * A configuration was refused, and the one in use stays.
   *
   * @param from SHA-256 of the one in use, hex
   * @param to of the one that was refused; null when it could not be read
   * @param problems why it was
   * @param loosened what of it is less strict, where that is not allowed
   */
  record ConfigRefused(
      String trigger,
      String configuration,
      String from,
      @Nullable String to,
      List<String> problems,
      List<String> loosened)
      implements AuditEvent {}

  /**
   * An operator asked the running gateway for a change.
   *
   * @param operator who asked
   * @param order {@code reload}, {@code drain} or {@code undrain}
   * @param object the endpoint; empty for none, and for all
   * @param reason as the operator gave it; null for none
   * @param outcome {@code done}, {@code refused} or {@code unknown}
   */
  record ControlUsed(
      String operator, String order, String object, @Nullable String reason, String outcome)
      implements AuditEvent {}

  /**
   * A request for the status or for a change was refused.
   *
   * @param listener the admin listener
   * @param operator who asked
   * @param path what for; empty when there is nothing of that path
   * @param reason {@code certificate}, {@code role}, {@code browser} or {@code user}
   */
  record ControlRefused(String listener, String operator, String path, String reason)
      implements ListenerRefusal {}

  /**
   * The listening sockets went, or were to go, from one process to the next.
   *
   * @param process the other process
   * @param user the id of its user, as the kernel says
   * @param listeners whose sockets went over; empty where none did
   * @param reason why they did not; empty where they did
   */
  record HandOver(Outcome outcome, int process, int user, List<String> listeners, String reason)
      implements AuditEvent {
    /** Outcome of a hand-over. */
    public enum Outcome {
      /** This process has taken over. */
      TAKEN,
      /** The other process has taken over. */
      GIVEN,
      /** The other process asked, and did not come to serve. */
      FAILED,
      /** The other process asked, and got nothing. */
      REFUSED
    }
  }

  /** The gateway serves with this configuration. */
  record Started(String version, String configuration, String sha256) implements AuditEvent {}

  /** The gateway stopped; {@code cut} exchanges did not end within the drain timeout. */
  record Stopped(int cut) implements AuditEvent {}

  /**
   * A stop has begun.
   *
   * @param lameDuckMillis how long connections are still accepted
   * @param drainMillis how long exchanges in flight may take then
   */
  record Stopping(long lameDuckMillis, long drainMillis) implements AuditEvent {}
}
