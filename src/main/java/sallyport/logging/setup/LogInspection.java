package sallyport.logging.setup;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.helpers.NOPAppender;
import ch.qos.logback.core.joran.JoranConstants;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.joran.util.beans.BeanDescriptionCache;
import ch.qos.logback.core.model.AppenderModel;
import ch.qos.logback.core.model.ImplicitModel;
import ch.qos.logback.core.model.Model;
import ch.qos.logback.core.model.SerializeModelModel;
import ch.qos.logback.core.model.processor.AppenderModelHandler;
import ch.qos.logback.core.model.processor.DefaultProcessor;
import ch.qos.logback.core.model.processor.ImplicitModelHandler;
import ch.qos.logback.core.model.processor.ModelHandlerBase;
import ch.qos.logback.core.model.processor.ModelInterpretationContext;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.FilterReply;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.logging.BatchingAppender;
import sallyport.logging.FileAppender;
import sallyport.logging.Log;
import sallyport.logging.LogFileAccess;
import sallyport.logging.LogStatus;
import sallyport.logging.LoggingState;

/**
 * Inspection of a Logback configuration that starts none of its appenders: no file is opened,
 * created or removed, and no connection is made. Problems of a start are found by checks of the
 * settings.
 */
final class LogInspection {
  private final LoggerContext context = new LoggerContext();
  private final List<String> problems = new ArrayList<>();

  private LogInspection() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  /**
   * Returns the set-up of each log.
   *
   * @param name of the configuration, as {@code -Dlogback.configurationFile} has it
   */
  static Map<Log, LogSetup> of(String name) {
    LogInspection inspection = new LogInspection();
    try {
      inspection.read(name);
      Map<Log, LogSetup> setups = new EnumMap<>(Log.class);
      for (Log log : Log.values()) {
        setups.put(log, inspection.setup(log));
      }
      return setups;
    } finally {
      inspection.context.stop();
    }
  }

  private void read(String name) {
    URL url = LogbackFile.find(name);
    if (url == null) {
      problems.add(name + ": " + LogbackFile.missing());
      return;
    }
    try {
      Unstarted configurator = new Unstarted();
      configurator.setContext(context);
      configurator.doConfigure(url);
    } catch (JoranException unreadable) {
      // Its status says why.
    }
    problems.addAll(LoggingState.problems(context, name));
  }

  // ---- reading without a start

  /** Configurator that creates appenders, sets their properties, and does not start them. */
  private static final class Unstarted extends JoranConfigurator {
    @Override
    protected void addModelHandlerAssociations(DefaultProcessor processor) {
      super.addModelHandlerAssociations(processor);
      processor.addHandler(AppenderModel.class, (context, mic) -> new Appenders(context));
      processor.addHandler(
          ImplicitModel.class,
          (context, mic) -> new Properties(context, mic.getBeanDescriptionCache()));
      processor.addHandler(SerializeModelModel.class, (context, mic) -> new LeftOut(context));
    }

    /** Returns a configurator for the files that it includes. */
    @Override
    protected JoranConfigurator makeAnotherInstance() {
      return new Unstarted();
    }
  }

  private static final class Appenders extends AppenderModelHandler<ILoggingEvent> {
    Appenders(Context context) {
      super(context);
    }

    /** Handles the end of an appender without starting it. */
    @Override
    public void postHandle(ModelInterpretationContext mic, Model model) {
      if (model.isSkipped() || !(mic.peekObject() instanceof Appender<?> appender)) {
        return;
      }
      mic.markStartOfNamedDependee(appender.getName());
      @SuppressWarnings("unchecked") // Logback keeps appenders there by their names.
      Map<String, Appender<?>> bag =
          (Map<String, Appender<?>>)
              Objects.requireNonNull(mic.getObjectMap().get(JoranConstants.APPENDER_BAG));
      bag.put(appender.getName(), appender);
      mic.popObject();
    }
  }

  /**
   * Handler of properties that starts no rolling policies of Logback, since one of their properties
   * removes files at the start.
   */
  private static final class Properties extends ImplicitModelHandler {
    private static final String REMOVES_FILES = "cleanHistoryOnStart";

    Properties(Context context, BeanDescriptionCache cache) {
      super(context, cache);
    }

    @Override
    public void handle(ModelInterpretationContext mic, Model model) {
      if (REMOVES_FILES.equals(model.getTag())) {
        model.markAsSkipped();
      } else {
        super.handle(mic, model);
      }
    }
  }

  private static final class LeftOut extends ModelHandlerBase {
    LeftOut(Context context) {
      super(context);
    }

    @Override
    public void handle(ModelInterpretationContext mic, Model model) {
      // It would write a file.
    }
  }

  // ---- looking

  private LogSetup setup(Log log) {
    Logger logger = context.getLogger(log.logger());
    List<Appender<ILoggingEvent>> appenders = LogStatus.appenders(log, context);
    List<String> found = new ArrayList<>(problems);
    List<Path> files = new ArrayList<>();
    if (appenders.isEmpty()) {
      found.add("no appender takes the lines of " + log.logger());
    }
    ILoggingEvent line =
        new LoggingEvent(LogInspection.class.getName(), logger, Level.INFO, "", null, null);
    appenders.forEach(appender -> look(appender, line, found, files));
    return new LogSetup(
        logger.isInfoEnabled(),
        List.copyOf(found),
        appenders.stream()
            .filter(appender -> !(appender instanceof BatchingAppender))
            .map(appender -> String.valueOf(appender.getName()))
            .toList(),
        List.copyOf(files));
  }

  private static void look(
      Appender<ILoggingEvent> appender,
      ILoggingEvent line,
      List<String> problems,
      List<Path> files) {
    String problem =
        appender.getFilterChainDecision(line) == FilterReply.DENY
            ? "a filter leaves lines of level INFO out"
            : problem(appender, files);
    if (problem != null) {
      problems.add("appender " + appender.getName() + ": " + problem);
    } else if (appender instanceof AppenderAttachable<?> above) {
      Iterator<?> below = above.iteratorForAppenders();
      if (!below.hasNext()) {
        problems.add("appender " + appender.getName() + ": has no appender below it");
      }
      while (below.hasNext()) {
        @SuppressWarnings("unchecked") // An appender of these events hands on the same.
        Appender<ILoggingEvent> next = (Appender<ILoggingEvent>) below.next();
        look(next, line, problems, files);
      }
    }
  }

  private static @Nullable String problem(Appender<ILoggingEvent> appender, List<Path> files) {
    return switch (appender) {
      case BatchingAppender batches -> batches.settingsProblem();
      case FileAppender own -> {
        String wrong = own.settingsProblem();
        yield wrong != null ? wrong : unopenable(own.file(), files);
      }
      case OutputStreamAppender<?> stream when stream.getEncoder() == null -> "has no encoder";
      case ch.qos.logback.core.FileAppender<?> file -> {
        String name = file.getFile();
        yield name == null ? "needs a file" : unopenable(Path.of(name), files);
      }
      case NOPAppender<?> nothing -> "writes nothing";
      default -> null;
    };
  }

  private static @Nullable String unopenable(Path file, List<Path> files) {
    files.add(file);
    String reason = LogFileAccess.reasonAgainst(file);
    return reason == null ? null : "cannot open " + file + ": " + reason;
  }
}
