package sallyport.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes down what {@code src/build/TestSummary.java} says at the end of the build: each test that
 * failed, and each that is left out for want of a program, by the program that it lacks. Of a class
 * that is left out as a whole each method counts.
 */
public final class TestSummary implements TestExecutionListener {
  private static final Path FOLDER = Path.of("target", "test-summary");

  private TestPlan plan;

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Throwable why = result.getThrowable().orElse(null);
    if (why instanceof Peers.Missing missing) {
      long methods =
          plan.getDescendants(test).stream()
              .filter(each -> plan.getChildren(each).isEmpty())
              .count();
      write("left-out", Collections.nCopies((int) Math.max(1, methods), missing.getMessage()));
    } else if (result.getStatus() == TestExecutionResult.Status.FAILED) {
      write("failed", List.of(failure(test, why)));
    }
  }

  private static String failure(TestIdentifier test, Throwable why) {
    String place =
        test.getSource()
            .map(
                source ->
                    switch (source) {
                      case MethodSource method ->
                          method.getClassName() + "#" + method.getMethodName();
                      case ClassSource type -> type.getClassName();
                      default -> source.toString();
                    })
            .orElse(test.getUniqueId());
    return "%s [%s], event loops: %d: %s"
        .formatted(place, test.getDisplayName(), Loops.COUNT, why)
        .lines()
        .limit(3)
        .reduce((said, more) -> said + " " + more.strip())
        .orElseThrow();
  }

  private static synchronized void write(String file, Iterable<String> lines) {
    try {
      Files.createDirectories(FOLDER);
      Files.write(
          FOLDER.resolve(file), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
