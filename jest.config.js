/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // ES modules in the source, CommonJS inside Jest: no experimental flag is needed.
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' } }],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The benchmark uses the package by its name.
    '^swiotlb-lab$': '<rootDir>/lib/index.ts',
  },
  collectCoverageFrom: ['lib/**/*.ts'],
}
